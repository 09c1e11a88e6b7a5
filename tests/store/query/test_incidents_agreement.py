"""The index of incidents' texts answers what a slow reading of the same texts answers, whatever becomes of them."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import new_store
from sqlalchemy import delete, insert, select, text, update

from warroom.store.database import State
from warroom.store.incidents import append_log
from warroom.store.query import And, Exists, Match, Node, Not, Or, Pattern, Text, Wild, incident_condition, parse
from warroom.store.query.incidents import kind_of
from warroom.store.tables import incident_entities, incident_log, incidents
from warroom.store.views.found import find_incidents

#: Signs of LIKE, of JSON, of the index's own language and its padding; letters that fold, and marks that join others.
SIGNS = (
    "a",
    "B",
    "ab",
    "aB c",
    "50%",
    "x_y",
    "!",
    "it's",
    '"',
    '" OR note : "',
    "\\",
    "(*)",
    "-a:",
    "\x1f",
    "b\x1f",
    "\n",
    "\t",
)
LETTERS = (
    "é",
    "É",
    "ſ",
    "\u212a",
    "İ",
    "ก",
    "ที่",
    "ทาง",
    "ทางรัฐ",
    "น้ำ",
    "\u0e48",
    "\u200b",
    "\ufffd",
    "\ufffe",
    "ก\ufffe",
    "🙂",
    "text",
)
WORDS = (*SIGNS, *LETTERS)
TEXT = st.lists(st.sampled_from(WORDS), max_size=4).map("".join)
#: Entities hold no control characters: the store replaces them.
ENTITY = TEXT.map(lambda value: "".join(one for one in value if one.isprintable() or one == "\u200b"))


@dataclass(frozen=True)
class Told:
    """What an incident's texts are in the end, and what they were before."""

    titles: tuple[str, str]
    titles_before: tuple[str, str]
    entities: frozenset[str]
    entities_before: frozenset[str]
    notes: tuple[tuple[str, str], ...]  # action, text


INCIDENT = st.builds(
    Told,
    st.tuples(TEXT, TEXT),
    st.tuples(TEXT, TEXT),
    st.frozensets(ENTITY, max_size=3),
    st.frozensets(ENTITY, max_size=2),
    st.lists(st.tuples(st.sampled_from(["noted", "closed", "reopened", "joined"]), TEXT), max_size=3).map(tuple),
)
PIECE = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map("".join)
PATTERN = st.lists(st.one_of(PIECE, st.sampled_from(Wild)), min_size=1, max_size=3).map(tuple)
LEAF = st.one_of(
    st.builds(Text, st.one_of(PIECE.map(lambda one: (one,)), PATTERN)),
    st.builds(Match, st.sampled_from(["note", "title", "entity"]), PATTERN),
    st.just(Exists("note")),
)
TREE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)


def folded(text: str) -> str:
    """Small letters for those of ASCII; what SQLite reads as one character."""
    return re.sub("[A-Z]", lambda one: one[0].lower(), text).replace("\ufffe", "\ufffd")


def has(pattern: Pattern, text: str, *, whole: bool = False) -> bool:
    signs = {Wild.ANY: ".*", Wild.ONE: "."}
    wanted = "".join(signs[one] if isinstance(one, Wild) else re.escape(folded(one)) for one in pattern)
    return (re.fullmatch if whole else re.search)(wanted, folded(text), re.DOTALL) is not None


def noted(told: Told, pattern: Pattern) -> bool:
    escaped = tuple(one if isinstance(one, Wild) else json.dumps(one, ensure_ascii=False)[1:-1] for one in pattern)
    bodies = [json.dumps({"text": text}, ensure_ascii=False) for action, text in told.notes if action != "joined"]
    return any(has(escaped, body) for body in bodies)


def holds(node: Node, told: Told) -> bool:
    match node:
        case Not(inner):
            return not holds(inner, told)
        case And(nodes):
            return all(holds(one, told) for one in nodes)
        case Or(nodes):
            return any(holds(one, told) for one in nodes)
        case Exists():
            return noted(told, ())
        case Text(pattern):
            return any(has(pattern, one) for one in (*told.titles, *told.entities)) or noted(told, pattern)
    return stands(node, told)


def stands(node: Node, told: Told) -> bool:
    match node:
        case Match("title", pattern):
            return has(pattern, told.titles[0], whole=True)
        case Match("entity", pattern):
            return any(has(pattern, one, whole=True) for one in told.entities)
        case Match("note", pattern):
            return noted(told, pattern)
    raise ValueError(node)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    with new_store(tmp_path_factory.mktemp("texts") / "state.db") as made:
        yield made


def fill(state: State, every: list[Told]) -> None:
    """Store incidents in place of those that were there; their texts come, change and go as the war room does it."""
    with state.write() as connection:
        for table in (incident_log, incident_entities, incidents):
            connection.execute(delete(table))
        for number, told in enumerate(every, start=1):
            plain = {"severity": "low", "status": "new", "platform_id": "tang_rat", "drill": False}
            counts = dict.fromkeys(("opened_at", "first_at", "last_at", "alert_count", "event_count", "updated_at"), 1)
            title, title_th = told.titles_before
            row = {"id": number, "title": title, "title_th": title_th, "version": 1}
            connection.execute(insert(incidents).values(**row, **plain, **counts))
            for values in (told.entities_before, told.entities):
                connection.execute(delete(incident_entities).where(incident_entities.c.incident_id == number))
                for value in values:
                    connection.execute(insert(incident_entities).values(incident_id=number, kind="user", value=value))
            for action, note in told.notes:
                append_log(connection, number, 1, "somebody", action, text=note)
            title, title_th = told.titles
            connection.execute(update(incidents).where(incidents.c.id == number).values(title=title, title_th=title_th))


def found(state: State, node: Node) -> set[int]:
    with state.read() as connection:
        return set(connection.scalars(select(incidents.c.id).where(incident_condition(node))))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(every=st.lists(INCIDENT, min_size=1, max_size=5), trees=st.lists(TREE, min_size=1, max_size=12))
def test_the_index_finds_what_a_slow_reading_finds(state: State, every: list[Told], trees: list[Node]) -> None:
    fill(state, every)
    for tree in trees:
        expected = {number for number, told in enumerate(every, start=1) if holds(tree, told)}
        assert found(state, tree) == expected, tree
        counted = find_incidents(state, tree, 0, 2, 1)
        assert (counted.matched, {row.id for row in counted.rows}) == (len(expected), expected)


NOBODY: frozenset[str] = frozenset()


def test_every_word_is_found_where_it_stands_and_nowhere_else(state: State) -> None:
    every = [
        told
        for word in WORDS
        for told in (
            Told((word, ""), ("before", "x"), NOBODY, NOBODY, ()),
            Told(("", f"ab{word}"), ("", word), NOBODY, frozenset({word}), ()),
            Told(("", ""), ("", ""), frozenset({word}), NOBODY, (("joined", word),)),
            Told(("", ""), ("", ""), NOBODY, NOBODY, (("noted", word),)),
        )
    ]
    fill(state, every)
    for word in WORDS:
        for node in (Text((word,)), Text((word, Wild.ANY, word)), Match("note", (word,)), Match("entity", (word,))):
            assert found(state, node) == {at for at, told in enumerate(every, start=1) if holds(node, told)}, node


def test_what_is_said_no_more_is_not_found_any_more(state: State) -> None:
    fill(state, [Told(("first title", "ชื่อแรก"), ("", ""), frozenset({"somebody"}), NOBODY, (("noted", "said"),))])
    with state.write() as connection:
        connection.execute(update(incidents).values(title="second title"))
        connection.execute(delete(incident_entities))
    assert [found(state, Text((word,))) for word in ("first", "somebody")] == [set(), set()]
    assert [found(state, Text((word,))) for word in ("second", "ชื่อแรก", "said")] == [{1}, {1}, {1}]


def test_two_letters_that_begin_very_many_texts_are_found_in_all_of_them(state: State) -> None:
    names = frozenset(f"ที{chr(0x4E00 + number)}" for number in range(400))
    fill(state, [Told(("", ""), ("", ""), one, NOBODY, ()) for one in (names, frozenset({"x ที🙂"}), frozenset({"ท"}))])
    assert found(state, Text(("ที",))) == {1, 2}
    assert found(state, Text(("ท",))) == {1, 2, 3}


def test_texts_are_not_read_where_the_index_can_tell(state: State) -> None:
    fill(state, [Told(("Credential stuffing", ""), ("", ""), frozenset({"198.51.100.7"}), NOBODY, ())])
    for query in ("stuffing", "note:ended", "เข้า ระบบ", "ที", "198.51.100*7"):
        with state.read() as connection:
            condition = select(incidents.c.id).where(incident_condition(parse(query, kind_of)))
            asked = condition.compile(connection.engine, compile_kwargs={"literal_binds": True})
            plan = [row[-1] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {asked}".replace(":", r"\:")))]
        assert any("VIRTUAL TABLE INDEX" in step for step in plan), plan
        if query != "ที":  # whether so few letters are asked for is decided in the database
            assert not any(step.startswith(("SCAN incident_log", "SCAN incident_entities")) for step in plan), plan


def test_a_database_that_was_tidied_up_finds_the_same(tmp_path: Path) -> None:
    told = [
        Told((f"one {number}", ""), ("before", ""), frozenset({f"user-{number}"}), frozenset({"gone"}), ())
        for number in range(20)
    ]
    with new_store(tmp_path / "state.db") as state:
        fill(state, told)
    with closing(sqlite3.connect(tmp_path / "state.db")) as link:
        link.execute("VACUUM")
        assert link.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with State(f"sqlite:///{tmp_path / 'state.db'}") as state:
        assert found(state, Text(("user-7",))) == {8}
        assert found(state, Text(("user-1", Wild.ONE))) == set(range(11, 21))
        fill(state, told[:2])
        assert (found(state, Text(("user-",))), found(state, Text(("gone",)))) == ({1, 2}, set())
