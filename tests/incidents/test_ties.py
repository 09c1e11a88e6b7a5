"""Tags, watchers, links and mentions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from access.people import ADMIN, CHEAP
from hypothesis import given
from hypothesis import strategies as st
from making import somebody

from warroom.access import Role, accounts
from warroom.errors import ConflictError, ForbiddenError, NotFoundError, UsageError
from warroom.incidents import actions, linking, mentioning, tagging
from warroom.incidents.linking import LinkKind
from warroom.incidents.mentioning import named_in
from warroom.incidents.tagging import clean_tag
from warroom.store import incidents as store
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.database import State
from warroom.store.views import cases

ANONG, SOMCHAI = somebody("anong"), somebody("somchai")


def log(state: State, number: int) -> list[str]:
    with state.read() as connection:
        return [entry.action for entry in store.log_of(connection, number)]


def case(state: State, number: int, scope: tuple[str, ...] | None = None) -> cases.CaseView:
    found = cases.case(state, number, scope=scope)
    assert found is not None
    return found


def test_tags_are_one_word_for_everybody_and_logged(state: State, one: int) -> None:
    assert tagging.tag(state, one, ANONG, "  #KYC  ปลอม ") == "kyc ปลอม"
    with pytest.raises(ConflictError, match="already"):
        tagging.tag(state, one, SOMCHAI, "kyc ปลอม")
    assert case(state, one).tags == ("kyc ปลอม",)
    assert cases.known_tags(state) == ["kyc ปลอม"]
    assert cases.known_tags(state, scope=("gdx",)) == []
    tagging.untag(state, one, ANONG, "kyc ปลอม")
    with pytest.raises(ConflictError, match="no such tag"):
        tagging.untag(state, one, ANONG, "kyc ปลอม")
    assert case(state, one).tags == ()
    assert log(state, one)[-2:] == ["tagged", "untagged"]


@pytest.mark.parametrize("typed", ["", " ", "#", "\u202e\u200b", "x" * 41, "a\0", "\ud800", "x" * 1_000_000])
def test_what_is_no_tag_is_refused(state: State, one: int, typed: str) -> None:
    if typed == "a\0":
        typed = "\0"
    with pytest.raises(UsageError, match="tag"):
        tagging.tag(state, one, ANONG, typed)
    assert case(state, one).tags == ()


@given(st.text(max_size=60))
def test_nothing_hides_in_a_tag(typed: str) -> None:
    try:
        tag = clean_tag(typed)
    except UsageError:
        return
    assert tag.isprintable()
    assert clean_tag(tag) == tag
    assert not tag.startswith("#")


def test_an_incident_has_so_many_tags(state: State, one: int) -> None:
    for number in range(30):
        tagging.tag(state, one, ANONG, f"tag {number}")
    with pytest.raises(UsageError, match="at most 30"):
        tagging.tag(state, one, ANONG, "one more")


def test_watching_is_for_oneself_and_tells_of_news(state: State, one: int) -> None:
    viewer = somebody("malee", Role.VIEWER)
    tagging.watch(state, one, viewer)
    tagging.watch(state, one, viewer)
    assert case(state, one).watchers == ("malee",)
    assert [news for _, news in cases.for_me(state, "malee").watched] == [False]
    actions.note(state, one, ANONG, "something happened")
    assert [news for _, news in cases.for_me(state, "malee").watched] == [True]
    tagging.seen(state, one, viewer)
    assert [news for _, news in cases.for_me(state, "malee").watched] == [False]
    assert cases.for_me(state, "malee", scope=("gdx",)).watched == ()
    tagging.watch(state, one, viewer, on=False)
    assert case(state, one).watchers == ()
    with state.read() as connection:
        told = read(connection, Filter(actions=[AuditAction.INCIDENT_CHANGED])).entries
    assert [(entry.actor, entry.body) for entry in told] == [
        ("malee", '{"watching":false}'),
        ("malee", '{"watching":true}'),
    ]


def test_a_link_is_seen_from_both_sides_and_ends_without_being_forgotten(state: State, two: tuple[int, int]) -> None:
    first, second = two
    number = linking.link(state, first, ANONG, LinkKind.CAUSED_BY, second)
    ((here,), (there,)) = (case(state, first).links, case(state, second).links)
    assert (here.kind, here.outward, here.other.id) == ("caused_by", True, second)
    assert (there.kind, there.outward, there.other.id) == ("caused_by", False, first)
    linking.unlink(state, second, SOMCHAI, number)
    assert case(state, first).links == case(state, second).links == ()
    for own in two:
        assert log(state, own)[-1] == "unlinked"
    with pytest.raises(NotFoundError, match="no such link"):
        linking.unlink(state, first, ANONG, number)


def test_links_that_make_no_sense_are_refused(state: State, two: tuple[int, int]) -> None:
    first, second = two
    with pytest.raises(UsageError, match="another one"):
        linking.link(state, first, ANONG, LinkKind.RELATED, first)
    with pytest.raises(NotFoundError):
        linking.link(state, first, ANONG, LinkKind.RELATED, 99)
    linking.link(state, first, ANONG, LinkKind.RELATED, second)
    linking.link(state, first, ANONG, LinkKind.DUPLICATE_OF, second)
    for kind, own, other in ((LinkKind.RELATED, second, first), (LinkKind.DUPLICATE_OF, second, first)):
        with pytest.raises(ConflictError, match="already"):
            linking.link(state, own, ANONG, kind, other)


def test_a_link_to_a_platform_out_of_sight_is_counted_not_shown(state: State, two: tuple[int, int]) -> None:
    first, second = two
    linking.link(state, first, ANONG, LinkKind.RELATED, second)
    seen = case(state, first, ("tang_rat",))
    assert (seen.links, seen.hidden_links) == ((), 1)
    confined = somebody("malee", platforms=frozenset({"tang_rat"}))
    with pytest.raises(ForbiddenError, match="gdx"):
        linking.link(state, first, confined, LinkKind.CAUSED_BY, second)
    with pytest.raises(ForbiddenError, match="gdx"):
        linking.unlink(state, first, confined, 1)


def people(state: State, *names: str) -> None:
    for name in names:
        accounts.create(
            state, ADMIN, accounts.Newcomer(name, frozenset({Role.ANALYST})), datetime.now(UTC), hashing=CHEAP
        )


def test_who_is_named_in_a_note_finds_it(state: State, two: tuple[int, int]) -> None:
    people(state, "malee", "วิภา", "somchai")
    actions.note(state, two[0], ANONG, "@malee see this, and @วิภาช่วยดู; @nobody and a@malee.example are words")
    actions.note(state, two[1], SOMCHAI, "@somchai is me, @MALEE again")
    (newer, older) = cases.for_me(state, "malee").mentions
    assert (newer.incident.id, older.incident.id, newer.read) == (two[1], two[0], False)
    assert cases.unread(state, "malee") == 2
    assert cases.unread(state, "malee", scope=("gdx",)) == 1
    assert cases.unread(state, "วิภา") == 1
    assert cases.unread(state, "somchai") == 0
    assert mentioning.read_mentions(state, somebody("malee"), incident_id=two[0]) == 1
    assert cases.unread(state, "malee") == 1
    assert mentioning.read_mentions(state, somebody("malee")) == 1
    assert [one.read for one in cases.for_me(state, "malee").mentions] == [True, True]


def test_names_are_found_whole_and_the_longest_wins() -> None:
    known = {"anong": "anong", "anong.k": "anong.k", "วิภา": "วิภา", "ครู_ส้ม": "ครู ส้ม"}
    assert named_in("@anong.k, @anong: @anongs", known) == ["anong.k", "anong"]
    assert named_in("แจ้ง @วิภา และ@ครู_ส้ม", known) == ["วิภา", "ครู ส้ม"]
    assert named_in("mail@anong.example x/@anong @@anong", known) == []


def test_a_note_of_a_megabyte_is_refused_and_one_of_many_names_is_bounded(state: State, one: int) -> None:
    people(state, *(f"p{number:02}" for number in range(25)))
    with pytest.raises(UsageError, match="20000 characters"):
        actions.note(state, one, ANONG, "x" * 1_000_000)
    actions.note(state, one, ANONG, " ".join(f"@p{number:02}" for number in range(25)))
    assert sum(cases.unread(state, f"p{number:02}") for number in range(25)) == mentioning.MOST_NAMED
