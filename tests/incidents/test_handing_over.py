"""Handover: two people, one text; what was signed stays; what the brief tells."""

from __future__ import annotations

from pathlib import Path

import pytest
from console.seeding import fresh_state, seed
from incidents.test_escalating import a_channel
from making import somebody
from sqlalchemy import func, select

from warroom.access import Role
from warroom.errors import ConflictError, ForbiddenError, NotFoundError, UsageError
from warroom.incidents import actions, containing, handing_over, regrouping
from warroom.incidents.briefing import brief
from warroom.incidents.containing import Measure, Outcome, Request
from warroom.incidents.shifts import Shift, read_shifts, shift_at
from warroom.incidents.taking_in import Channel, Told, open_from_report
from warroom.model import Disposition, Severity, Status
from warroom.store import handovers
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.database import State, now_us
from warroom.store.duty_tables import handovers as table
from warroom.store.tables import incidents

ANONG, WIPA = somebody("anong", Role.ANALYST), somebody("wipa")
HOUR = 3_600_000_000
SHIFTS = read_shifts("08:00-20:00,20:00-08:00")


@pytest.fixture
def shift() -> Shift:
    return shift_at(SHIFTS, now_us())


def row(state: State, number: int) -> handovers.Handover:
    with state.read() as connection:
        return handovers.get(connection, number)


def signed(state: State, shift: Shift) -> handovers.Handover:
    return row(state, handing_over.hand_over(state, ANONG, shift, "quiet night", "watch the gateway"))


def test_two_people_sign_the_same_text_and_the_audit_has_its_hash(state: State, shift: Shift) -> None:
    found = signed(state, shift)
    assert found.sha256 == found.own_hash
    handing_over.take_over(state, WIPA, found.id, found.sha256)
    both = row(state, found.id)
    assert (both.outgoing, both.incoming, both.own_hash) == ("anong", "wipa", found.sha256)
    with state.read() as connection:
        entries = read(connection, Filter(actions=[AuditAction.HANDOVER_SIGNED])).entries
    assert [(one.actor, found.sha256 in one.body) for one in entries] == [("wipa", True), ("anong", True)]


def test_who_goes_cannot_be_who_comes_and_what_was_not_read_is_not_signed(state: State, shift: Shift) -> None:
    found = signed(state, shift)
    with pytest.raises(UsageError, match="two people"):
        handing_over.take_over(state, ANONG, found.id, found.sha256)
    with pytest.raises(ConflictError, match="look again"):
        handing_over.take_over(state, WIPA, found.id, "0" * 64)
    with state.write() as connection:
        connection.execute(table.update().values(notes="nothing happened"))
    with pytest.raises(ConflictError, match="look again"):
        handing_over.take_over(state, WIPA, found.id, found.sha256)


def test_after_both_have_signed_nothing_changes_but_by_addenda(state: State, shift: Shift) -> None:
    found = signed(state, shift)
    with pytest.raises(ConflictError, match="not both"):
        handing_over.add_to(state, WIPA, found.id, "too early")
    handing_over.take_over(state, WIPA, found.id, found.sha256)
    for again in (
        lambda: handing_over.take_over(state, somebody("niran"), found.id, found.sha256),
        lambda: handing_over.give_back(state, WIPA, found.id, "no"),
        lambda: handing_over.hand_over(state, ANONG, shift, "another text", ""),
    ):
        with pytest.raises(ConflictError):
            again()
    handing_over.add_to(state, ANONG, found.id, "it was incident 7, not 9")
    assert [(one.actor, one.text) for one in handing_over.addenda_of(state, WIPA, found.id)] == [
        ("anong", "it was incident 7, not 9")
    ]
    assert row(state, found.id).own_hash == found.sha256


def test_what_is_given_back_is_signed_anew(state: State, shift: Shift) -> None:
    found = signed(state, shift)
    with pytest.raises(UsageError, match="say why"):
        handing_over.give_back(state, WIPA, found.id, " ")
    handing_over.give_back(state, WIPA, found.id, "the silent feed is missing")
    assert handing_over.of_shift(state, ANONG, shift) is None
    assert handing_over.hand_over(state, ANONG, shift, "quiet night; one feed is silent", "") > 0
    with pytest.raises(NotFoundError):
        handing_over.take_over(state, WIPA, 999, found.sha256)


def test_both_signatures_are_sealed_into_the_chain(state: State, shift: Shift) -> None:
    found = signed(state, shift)
    handing_over.take_over(state, WIPA, found.id, found.sha256)
    with state.read() as connection:
        sealed = read(connection, Filter(actions=[AuditAction.ROWS_SEALED])).entries
    assert sum('"handovers"' in one.body for one in sealed) == 2


def test_handovers_are_found_by_any_of_their_words(state: State, shift: Shift) -> None:
    found = signed(state, shift)
    handing_over.take_over(state, WIPA, found.id, found.sha256)
    handing_over.add_to(state, WIPA, found.id, "called the agency 100%")
    for text in ("", "quiet  night", "gateway", "wipa", "100%"):
        assert [one.id for one in handing_over.find(state, ANONG, text)] == [found.id]
    assert handing_over.find(state, ANONG, "_") == []


@pytest.mark.parametrize("text", ["", "  ", "x" * 20_001, "\0", "\ud800"])
def test_a_text_that_is_none_is_not_signed(state: State, shift: Shift, text: str) -> None:
    with pytest.raises(UsageError):
        handing_over.hand_over(state, ANONG, shift, text, "")


def test_only_who_may_sign_sees_handovers(state: State, shift: Shift) -> None:
    with pytest.raises(ForbiddenError):
        handing_over.hand_over(state, somebody("v", Role.VIEWER), shift, "x", "")
    with pytest.raises(ForbiddenError):
        handing_over.find(state, somebody("anong", Role.ANALYST, platforms=frozenset({"gdx"})))


def test_the_brief_tells_which_containment_requests_are_late(state: State, shift: Shift) -> None:
    told = Told(Channel.PHONE, "a page asks for card numbers", now_us() - HOUR)
    number = open_from_report(state, WIPA, told, "False page", Severity.HIGH, "gdx")
    asked = now_us() - HOUR

    def ask(target: str, due: int, ends: int | None = None) -> int:
        wanted = Request(Measure.TAKE_DOWN, target, "ThaiCERT", "phishing", asked, asked + due, ends)
        return containing.ask(state, number, WIPA, wanted)

    ask("late", HOUR // 2)
    ask("in time", 2 * HOUR)
    done = ask("done, and still there", HOUR // 4, asked + HOUR // 3)
    refused = ask("refused", HOUR // 4)
    containing.answer(state, done, WIPA, Outcome.DONE)
    containing.answer(state, refused, WIPA, Outcome.REFUSED, "not ours")
    late = brief(state, shift, now_us())["overdue"]
    assert [(one["target"], one["state"], one["due_at"] - asked) for one in late["rows"]] == [
        ("done, and still there", "done", HOUR // 3),
        ("late", "asked", HOUR // 2),
    ]
    assert (late["total"], {one["number"] for one in late["rows"]}) == (2, {number})


@pytest.mark.slow
def test_the_brief_tells_what_is_open_was_done_and_is_not_seen(tmp_path: Path) -> None:
    with fresh_state(tmp_path / "data") as state:
        seed(state, tmp_path / "data", trouble=True)
        actions.move(state, 2, ANONG, Status.CONTAINED)
        actions.note(state, 3, ANONG, "looked at it")
        actions.close(state, 4, ANONG, Disposition.FALSE_POSITIVE, "a load test")
        a_channel(state)
        now = now_us()
        told = brief(state, shift_at(SHIFTS, now), now)
    assert (told["open"]["total"], told["opened"]["total"], told["closed"]["total"]) == (11, 12, 1)
    assert {one["number"] for one in told["open"]["rows"]} == set(range(1, 13)) - {4}
    due = [one["due_at"] for one in told["open"]["rows"]]
    assert due == sorted(due)
    assert next(one for one in told["open"]["rows"] if one["number"] == 2)["clock"] == "resolve"
    assert [(one["number"], one["action"]) for one in told["decisions"]["rows"]] == [(4, "closed"), (2, "moved")]
    assert {one["feed"]: one["why"] for one in told["blind"]} == {
        "bastion_auth": "failing",
        "digital_id_sso": "silent",
        "wallet_db_audit": "unbalanced",
    }
    assert told["legal"] == []
    assert all(one["due_at"] is not None for one in told["running_out"])


def test_the_brief_tells_of_two_that_became_one_once(tmp_path: Path) -> None:
    with fresh_state(tmp_path / "data") as state:
        seed(state, tmp_path / "data")
        with state.read() as connection:
            of_one_platform = select(func.min(incidents.c.id), func.max(incidents.c.id)).group_by(
                incidents.c.platform_id
            )
            source, target = next(pair for pair in connection.execute(of_one_platform) if pair[0] != pair[1])
        regrouping.merge(state, source, target, ANONG, "the same attack")
        now = now_us()
        told = brief(state, shift_at(SHIFTS, now), now)
    assert (told["opened"]["total"], told["closed"]["total"]) == (11, 0)
    assert source not in {one["number"] for one in told["opened"]["rows"]}
