"""The store knows what feeds' files say now, how the feeds are doing, and keeps what they had."""

from __future__ import annotations

from dataclasses import replace

from warroom.store.database import State
from warroom.store.intel import feeds, polls
from warroom.store.intel.feeds import FeedRow, Holdings, Registered

IPSUM = Registered(
    "ipsum", "ไอพีซัม", "IPsum", "http", "list", "Unlicense", "https://example.org", 70, "clear", "medium", None, "",
    False, 60_000_000, 3_600_000_000, True,
)  # fmt: skip
OFF = replace(IPSUM, feed_id="off", enabled=False, severity=None, lifetime_us=5, mark="tor", drill=True)
HAND = replace(IPSUM, feed_id="by_hand", way=feeds.BY_HAND)
HELD = Holdings(9, {"ipv4": 3, "domain": 4}, {"note": 2}, 200, [(f"line {number}", "why") for number in range(200)])


def row(state: State, feed_id: str = "ipsum") -> FeedRow:
    with state.read() as connection:
        found = feeds.one(connection, feed_id)
    assert found is not None
    return found


def test_what_files_say_is_known_also_of_feeds_that_are_off(state: State) -> None:
    feeds.register(state, [OFF, IPSUM])
    with state.read() as connection:
        found = feeds.rows(connection)
        assert feeds.one(connection, "other") is None
    assert [one.feed_id for one in found] == ["ipsum", "off"]
    for one, said in zip(found, [IPSUM, OFF], strict=True):
        assert {name: getattr(one, name) for name in Registered.__slots__} == {
            name: getattr(said, name) for name in Registered.__slots__
        }
        assert (one.tried_at, one.failures, one.indicators, one.by_kind, one.refusals) == (None, 0, 0, {}, ())


def test_registering_the_same_again_changes_nothing_and_another_weight_does(state: State) -> None:
    feeds.register(state, [IPSUM])
    before = state.versions()["intel"]
    feeds.register(state, [IPSUM])
    assert state.versions()["intel"] == before
    feeds.register(state, [replace(IPSUM, confidence=10)])
    assert state.versions()["intel"] == before + 1
    assert row(state).confidence == 10


def test_a_feed_without_a_file_is_switched_off_and_keeps_what_it_had(state: State) -> None:
    feeds.register(state, [IPSUM])
    with state.write() as connection:
        feeds.write(connection, HAND, None)
        feeds.succeeded(connection, "ipsum", 5, "c", HELD, changed=True)
    feeds.register(state, [])
    assert not row(state).enabled
    assert row(state).indicators == 7
    assert row(state, "by_hand").enabled
    feeds.register(state, [IPSUM])
    assert row(state).enabled


def test_a_poll_that_went_well_is_written_down(state: State) -> None:
    feeds.register(state, [IPSUM])
    with state.write() as connection:
        feeds.failed(connection, "ipsum", 3, "no answer")
        feeds.succeeded(connection, "ipsum", 5, "c", HELD, changed=True)
    one = row(state)
    assert (one.tried_at, one.succeeded_at, one.changed_at, one.cursor) == (5, 5, 5, "c")
    assert (one.failing_since, one.failure, one.failures) == (None, None, 0)
    assert (one.items, one.indicators, one.by_kind, one.counts) == (9, 7, {"ipv4": 3, "domain": 4}, {"note": 2})
    assert one.refused == 200
    assert len(one.refusals) == feeds.MOST_REFUSALS
    assert one.refusals[0] == ("line 0", "why")
    with state.write() as connection:
        feeds.succeeded(connection, "ipsum", 6, "d", None, changed=False)
    later = row(state)
    assert (later.succeeded_at, later.changed_at, later.cursor, later.indicators) == (6, 5, "d", 7)


def test_failures_are_counted_from_the_first_and_leave_what_was(state: State) -> None:
    feeds.register(state, [IPSUM])
    with state.write() as connection:
        feeds.succeeded(connection, "ipsum", 5, "c", HELD, changed=True)
        feeds.failed(connection, "ipsum", 7, "no answer")
        feeds.failed(connection, "ipsum", 9, "status 404")
        feeds.failed(connection, "nobody", 9, "status 404")
    one = row(state)
    assert (one.tried_at, one.succeeded_at, one.failing_since) == (9, 5, 7)
    assert (one.failure, one.failures) == ("status 404", 2)
    assert (one.indicators, one.cursor) == (7, "c")


def test_a_feed_is_stale_when_its_last_success_is_too_long_ago(state: State) -> None:
    feeds.register(state, [IPSUM, OFF])
    assert row(state).stale(0)
    with state.write() as connection:
        feeds.succeeded(connection, "ipsum", 5, "", None, changed=False)
    assert not row(state).stale(5 + IPSUM.stale_after_us)
    assert row(state).stale(6 + IPSUM.stale_after_us)
    assert not row(state, "off").stale(1 << 60)


def poll(at: int, outcome: str = polls.CHANGED) -> polls.Poll:
    return polls.Poll("ipsum", at, 10, outcome, "why" if outcome == polls.FAILED else None, 5, 3, 2, 1)


def test_polls_are_told_newest_first(state: State) -> None:
    with state.write() as connection:
        for one in (poll(1), poll(2, polls.FAILED), polls.Poll("other", 3, 1, polls.SAME)):
            polls.note(connection, one)
    with state.read() as connection:
        assert polls.newest(connection, "ipsum") == [poll(2, polls.FAILED), poll(1)]
        assert polls.newest(connection, "ipsum", 1) == [poll(2, polls.FAILED)]


def test_of_polls_that_changed_nothing_only_the_last_of_a_row_is_kept(state: State) -> None:
    with state.write() as connection:
        for one in (poll(1), poll(2, polls.SAME), poll(3, polls.SAME), poll(4, polls.FAILED), poll(5, polls.SAME)):
            polls.note(connection, one)
    with state.read() as connection:
        assert [one.at for one in polls.newest(connection, "ipsum")] == [5, 4, 3, 1]


def test_polls_are_bounded_by_age_and_number(state: State) -> None:
    with state.write() as connection:
        polls.note(connection, poll(1))
        for number in range(polls.MOST_KEPT + 5):
            polls.note(connection, poll(1 + polls.KEPT_US + number))
    with state.read() as connection:
        kept = polls.newest(connection, "ipsum", 5_000)
    assert len(kept) == polls.MOST_KEPT
    assert kept[0].at == polls.KEPT_US + polls.MOST_KEPT + 5
