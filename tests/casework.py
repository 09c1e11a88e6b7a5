"""What people do with incidents and settings: at least two rows in every table that holds their work."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from answering import answer
from making import NOW, an_alert, events

from warroom.access import Actor, Role
from warroom.access.keys import SecretKey
from warroom.bench import stages
from warroom.catalog.stages import Stage
from warroom.incidents import (
    channels,
    classifying,
    containing,
    correcting,
    evidence,
    handing_over,
    linking,
    on_call,
    planning,
    regrouping,
    suppressing,
    tagging,
    taking_in,
    targets,
    timing,
)
from warroom.incidents.grouping import group
from warroom.incidents.shifts import read_shifts, shift_at
from warroom.model import Entity, Severity, Target
from warroom.report import contacts, exporting
from warroom.report.clearance import Wanted
from warroom.report.marking import Tlp
from warroom.store import handovers
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State, now_us
from warroom.store.duty import Turn
from warroom.store.outbox import Channel
from warroom.store.planned import Plan
from warroom.store.rules import loaded, proposals
from warroom.store.rules.loaded import Loaded
from warroom.store.suppressions import Pattern

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.store.lease import Lease

ALL: Final = Actor("somchai", frozenset(Role))
OTHER: Final = Actor("wipa", frozenset(Role))
_HOUR_US: Final = 3_600_000_000
_KEY: Final = SecretKey(bytes(32))


def work_on(state: State, data_dir: Path, lease: Lease, ids: EventIds) -> None:
    """Do everything that people do, twice; incidents 1 and 2 are there, as is the account of malee."""
    at = now_us()
    for number in (1, 2):
        tagging.tag(state, number, ALL, f"tag-{number}")
        tagging.watch(state, number, ALL)
        evidence_id = evidence.add(state, data_dir, number, ALL, f"log{number}.txt", b"a line\n" * number, "from NOC")
        evidence.verify(state, data_dir, evidence_id, ALL)
        entry = correcting.enter(state, number, ALL, correcting.EntryKind.EVENT, "it began", at - _HOUR_US)
        correcting.correct(state, number, ALL, entry, "it began later", "the clock was wrong")
        proposed = classifying.Proposal((8,), "undetermined", ())
        classifying.classify(state, number, ALL, [5], "serious", "two agencies", proposed=proposed)
        request = containing.Request(containing.Measure.OTHER, f"203.0.113.{number}", "NOC", "it scans", at)
        containing.ask(state, number, ALL, request)
        told = taking_in.Told(taking_in.Channel.PHONE, "they called", at - _HOUR_US)
        taking_in.attach_report(state, ALL, told, number)
        targets.set_target(state, ALL, list(Severity)[number], Target(60 * number, 600 * number, 6000 * number))
        _settings(state, number, at)
    timing.change_informed(state, 1, ALL, at - 2 * _HOUR_US, "the letter says so")
    linking.link(state, 1, ALL, linking.LinkKind.RELATED, 2)
    linking.link(state, 2, ALL, linking.LinkKind.CAUSED_BY, 1)
    _hold_back(state, at)
    _raise_more(state, data_dir, lease, ids)
    regrouping.merge(state, 3, 5, ALL, "one attack")
    regrouping.merge(state, 4, 5, ALL, "one attack")
    _hand_over(state)
    answer(state, data_dir)
    _share(state, data_dir)
    _tune(state)


def _tune(state: State) -> None:
    """Move two rules between stages, and propose to tune them."""
    source = ((None, "webserver", None),)
    rules = [
        Loaded(
            f"{one}" * 8,
            "Union",
            "",
            "high",
            "rule",
            "test",
            True,
            "production",
            f"web/{one}.yml",
            None,
            source,
            (),
            (),
        )
        for one in (1, 2)
    ]
    loaded.tell(state, rules)
    for number, one in enumerate(rules, 1):
        stages.move(state, ALL, one.rule_id, Stage.SHADOW, "too noisy since monday")
        found = proposals.Found(one.rule_id, one.title, number, number, "tang_rat", "malee", [{"line": "a"}])
        with state.write() as connection:
            proposals.add(connection, found, now_us())


def _settings(state: State, number: int, at: int) -> None:
    """A channel, and somebody whom it tells."""
    channel = Channel(0, f"channel {number}", "", Severity.HIGH, None, "th", True, None, None, 10, True, 0)
    made = channels.add_channel(state, ALL, _KEY, channel, f"json://198.51.100.{number}/x")
    on_call.add_turn(state, ALL, Turn(0, number, "malee", made, at, at + 8 * _HOUR_US, None))


def _hold_back(state: State, at: int) -> None:
    """Two suppressions and two planned windows."""
    for number in (1, 2):
        pattern = Pattern(None, "tang_rat", Entity("address", f"198.51.100.{number}"))
        suppressing.suppress(state, ALL, pattern, reason="the load balancer", expires_at=at + number * _HOUR_US)
        source = Entity("address", f"198.51.100.1{number}")
        span = (at - _HOUR_US, at + _HOUR_US)
        plan = Plan("scan", "Yearly test", "tang_rat", (source,), *span, "CISO", f"DGA {number}", "a web scan")
        planning.announce(state, ALL, plan)


def _share(state: State, data_dir: Path) -> None:
    """Two contacts who were called, and two exports."""
    at = now_us()
    for number in (1, 2):
        contact = contacts.add_contact(state, ALL, contacts.Told("ncsa", f"agency {number}", phone="02-123-4567"))
        contacts.enter_drill(state, ALL, contact, at - _HOUR_US, at - _HOUR_US // 2)
        exporting.export_case(state, data_dir, number, ALL, Wanted(("json",), Tlp.AMBER, contact_id=contact))


def _raise_more(state: State, data_dir: Path, lease: Lease, ids: EventIds) -> None:
    """Alerts of further incidents (3 to 5), and some that are held back."""
    now = NOW.fromtimestamp(now_us() / 1e6, NOW.tzinfo)
    told = {
        "c" * 64: "203.0.113.30",
        "d" * 64: "203.0.113.40",
        "e" * 64: "203.0.113.50",
        "1" * 64: "198.51.100.1",
        "2" * 64: "198.51.100.2",
        "3" * 64: "198.51.100.11",
        "4" * 64: "198.51.100.12",
    }
    raised = [
        an_alert(
            alert_id=name,
            rule_id=f"{name[:8]}-1111-4111-8111-111111111111",
            entities=(Entity("address", address),),
            first_at=now,
            last_at=now,
        )
        for name, address in told.items()
    ]
    commit(state, data_dir, Batch("web", "t", None, "{}", 3, events(3, ids.take(3)), 3, (), raised), ids, lease)
    group(state, timedelta(hours=1))


def _hand_over(state: State) -> None:
    """Two shifts, one after the other, with something added to each."""
    shifts = read_shifts("08:00-20:00,20:00-08:00")
    for hours in (24, 12):
        shift = shift_at(shifts, now_us() - hours * _HOUR_US)
        number = handing_over.hand_over(state, ALL, shift, "quiet", "look at 2")
        with state.read() as connection:
            sha256 = handovers.get(connection, number).sha256
        handing_over.take_over(state, OTHER, number, sha256)
        handing_over.add_to(state, ALL, number, "it was not")
