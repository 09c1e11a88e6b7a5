"""DuckDB's answer is the one of a slow reading of the same tree, event by event."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import NOW, ORIGIN, new_store, parsed

from warroom.enrich.envelope import add_envelope
from warroom.store import manifest
from warroom.store.database import State, to_us
from warroom.store.event_search import EventSearch, Span
from warroom.store.query import And, Compare, Exists, Match, Network, Node, Not, Or, Pattern, Text, Wild
from warroom.store.query.events import COLUMNS
from warroom.store.segments import write_segment

WORDS = ("a", "B", "ab", "A b", "50%", "x_y", "!", "it's", "ทางรัฐ", "\\", "")
IPS = ("203.0.113.9", "10.1.2.3", "10.200.0.1", "::1", "a.b.c.d")
SPAN = Span(to_us(NOW) - 3_600_000_000, to_us(NOW) + 3_600_000_000)

EVENT = st.fixed_dictionaries(
    {
        "user_name": st.sampled_from([None, *WORDS]),
        "source_ip": st.sampled_from([None, *IPS]),
        "http_response_status_code": st.sampled_from([None, 0, 200, 404, 503]),
        "native": st.dictionaries(
            st.sampled_from(["k", "n.x"]), st.lists(st.sampled_from([*WORDS, "5", "50"]), max_size=3)
        ),
        "raw": st.one_of(st.binary(max_size=8), st.sampled_from([word.encode() for word in WORDS])),
        "seconds": st.integers(-60, 60),
    }
)
PATTERN = st.lists(st.sampled_from([*WORDS[:-1], "1", "0", Wild.ANY, Wild.ONE]), min_size=1, max_size=3).map(tuple)
FIELD = st.sampled_from(["user.name", "user", "source_ip", "status", "k", "n.x", "nobody"])
LEAF = st.one_of(
    st.builds(Text, st.lists(st.sampled_from([*WORDS[:-1], Wild.ANY]), min_size=1, max_size=3).map(tuple)),
    st.builds(Match, FIELD, PATTERN),
    st.builds(Exists, FIELD),
    st.builds(
        Compare,
        st.sampled_from(["status", "k", "n.x"]),
        st.sampled_from([">", ">=", "<", "<="]),
        st.sampled_from([0.0, 5.0, 200.0, 404.0]),
    ),
    st.builds(
        Compare,
        st.just("ts"),
        st.sampled_from([">", "<="]),
        st.integers(-60, 60).map(lambda s: float(to_us(NOW) + s * 1_000_000)),
    ),
    st.just(Network("ip", 10 << 24, (11 << 24) - 1)),
)
TREE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


def looks_like(pattern: Pattern, text: str, *, anywhere: bool = False) -> bool:
    signs = {Wild.ANY: ".*", Wild.ONE: "."}
    wanted = "".join(signs[one] if isinstance(one, Wild) else re.escape(one.lower()) for one in pattern)
    return (re.search if anywhere else re.fullmatch)(wanted, text.lower(), re.DOTALL) is not None


def values(event: dict[str, Any], field: str) -> list[Any]:
    column = COLUMNS.get(field)
    if column is None:
        return list(event["native"].get(field, ()))
    return [] if event.get(column) is None else [event[column]]


def holds(node: Node, event: dict[str, Any]) -> bool:
    match node:
        case Not(inner):
            return not holds(inner, event)
        case And(nodes):
            return all(holds(one, event) for one in nodes)
        case Or(nodes):
            return any(holds(one, event) for one in nodes)
        case Text(pattern):
            return looks_like(pattern, line(event["raw"]), anywhere=True)
    return any(fits(node, one) for one in values(event, node.field))


def fits(node: Match | Exists | Compare | Network, value: object) -> bool:
    match node:
        case Match(_, pattern):
            return looks_like(pattern, str(value))
        case Network():
            return within(str(value), node)
        case Compare(_, operator, wanted):
            test = {">": float.__gt__, ">=": float.__ge__, "<": float.__lt__, "<=": float.__le__}[operator]
            return re.fullmatch(r"-?\d+", str(value)) is not None and test(float(str(value)), float(wanted))
    return True


def line(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return re.sub("[^ -~]+", "\N{REPLACEMENT CHARACTER}", raw.decode("latin-1").replace("\x7f", "~"))


def within(address: str, network: Network) -> bool:
    if not re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}", address):
        return False
    number = sum(int(part) * 256 ** (3 - place) for place, part in enumerate(address.split(".")))
    return network.low <= number <= network.high


def stored(folder: Path, events: Sequence[dict[str, Any]], platform: str = "tang_rat") -> State:
    state = new_store(folder / "state.db")
    add(state, folder, events, first_id=1, platform=platform)
    return state


def add(
    state: State, folder: Path, events: Sequence[dict[str, Any]], *, first_id: int, platform: str = "tang_rat"
) -> None:
    times: list[datetime | None] = [NOW + timedelta(seconds=event["seconds"]) for event in events]
    rows = parsed(len(events), times)
    for name, kind in (
        ("user_name", pa.string()),
        ("source_ip", pa.string()),
        ("http_response_status_code", pa.int32()),
    ):
        place = rows.schema.get_field_index(name)
        rows = rows.set_column(place, name, pa.array([event[name] for event in events], kind))
    names = ("k", "n.x")
    natives = pa.array(
        [{name: event["native"].get(name) for name in names} for event in events],
        pa.struct([(name, pa.list_(pa.string())) for name in names]),
    )
    rows = rows.set_column(rows.schema.get_field_index("fields"), "fields", natives)
    raw = pa.array([event["raw"] for event in events], pa.binary())
    rows = rows.set_column(rows.schema.get_field_index("raw"), "raw", raw)
    ids = pa.array(range(first_id, first_id + len(events)), pa.int64())
    whole = add_envelope(
        rows,
        replace(ORIGIN, platform_id=platform),
        pa.array([0] * len(events), pa.int64()),
        ids,
        datetime(2026, 11, 22, 8, tzinfo=UTC),
        timedelta(hours=9),
    )
    segment = write_segment(folder, "events", "web", whole, times=whole.column("ts"), ids=ids)
    with state.write() as connection:
        manifest.add(connection, [segment])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(EVENT, min_size=1, max_size=12), st.lists(TREE, min_size=1, max_size=4))
def test_the_search_finds_what_a_slow_reading_finds(
    tmp_path_factory: pytest.TempPathFactory, events: list[dict[str, Any]], trees: list[Node]
) -> None:
    folder = tmp_path_factory.mktemp("agree")
    with stored(folder, events) as state:
        for event in events:
            event["ts"] = to_us(NOW + timedelta(seconds=event["seconds"]))
        for tree in trees:
            found = EventSearch(state, folder, tree, SPAN, None).run()
            expected = {number for number, event in enumerate(events, start=1) if holds(tree, event)}
            assert (set(found.event_ids), found.matched, found.ended) == (expected, len(expected), "done"), tree
            assert sum(found.bins.values()) == len(expected)
