"""The worker's part in playbooks: what an incident calls for by rule is started, once, and the reason is kept.

Only incidents of the last day are looked at, and again whenever they change: what was open before the war room knew
playbooks, or was started and ended by people, is left to people. Each pass starts at most so many; the next one goes
on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from warroom.access.actor import WORKER
from warroom.catalog.platforms import load_platforms
from warroom.catalog.playbook_parts import Playbook
from warroom.respond.playing import begin
from warroom.respond.starting import Called, Facts, called_for
from warroom.store import playbook_runs as rows
from warroom.store import rulings
from warroom.store.database import State, Transaction, now_us
from warroom.store.incidents import Incident
from warroom.store.lease import Lease
from warroom.store.rules.loaded import said_by

#: An incident is looked at for so long after it was opened.
FRESH_US: Final = 86_400_000_000
_LOOKED_AT: Final = 200
_STARTED: Final = 25  # the write lock is held for so many
_RULES: Final = 500


class PlaybookStarts:
    """Starts playbooks for one worker: ``run`` after grouping; it remembers up to which change it has looked."""

    def __init__(self, state: State, lease: Lease, categories_of: Callable[[Facts], Iterable[int]]) -> None:
        """``categories_of`` proposes categories where nobody decided them."""
        self._state = state
        self._lease = lease
        self._categories_of = categories_of
        self._cursor = (0, 0)
        self._version: int | None = None

    def run(self, playbooks: Iterable[Playbook], *, now: int | None = None) -> int:
        """Start what new or changed incidents call for; how many were started.

        Raises:
            LeaseError: another worker took over; it will start them.
        """
        own = [one for one in playbooks if any(rule.automatic for rule in one.starts)]
        at = now_us() if now is None else now
        version = self._state.versions().get("incidents")
        if version == self._version:
            return 0
        if at < self._cursor[0]:  # our clock was set back: what changes now would lie behind
            self._cursor = (0, 0)
        started = 0
        while True:
            with self._state.read() as connection:
                changed = rows.changed_after(connection, self._cursor, at - FRESH_US, _LOOKED_AT)
                calls = [(incident, self._called(connection, incident, own)) for incident in changed]
            for incident, called in calls:
                if called and started >= _STARTED:
                    return started
                started += self._start(incident, called, at) if called else 0
                self._cursor = (incident.updated_at, incident.id)
            if len(changed) < _LOOKED_AT:
                self._version = version
                return started

    def _called(self, connection: Transaction, incident: Incident, playbooks: list[Playbook]) -> list[Called]:
        facts = facts_of(connection, incident, self._categories_of)
        had = {run.playbook for run in rows.runs_of(connection, incident.id)}
        return [one for one in called_for(playbooks, facts) if one.rule.automatic and one.playbook.id not in had]

    def _start(self, incident: Incident, called: list[Called], at: int) -> int:
        with self._state.write("incidents", "playbooks", "clocks") as connection:
            self._lease.hold(connection)
            had = {run.playbook for run in rows.runs_of(connection, incident.id)}
            wanted = [one for one in called if one.playbook.id not in had]
            for one in wanted:
                why = one.rule.because
                begin(connection, incident, one.playbook, WORKER, f"{why.th} — {why.en}", at, because=why)
        return len(wanted)


def facts_of(connection: Transaction, incident: Incident, categories_of: Callable[[Facts], Iterable[int]]) -> Facts:
    """Gather what start rules ask of an incident; of its rules the first 500 count."""
    raised = [(rule, json.loads(tags)) for rule, tags in rows.raised(connection, incident.id, _RULES)]
    platform = load_platforms().get(incident.platform_id)
    facts = Facts(
        tags=frozenset(tag for _, tags in raised for tag in tags),
        rule_ids=frozenset(rule for rule, _ in raised),
        platform_id=incident.platform_id,
        criticality="" if platform is None else platform.criticality,
        severity=incident.severity,
        drill=incident.drill,
        personal_data=platform is not None and platform.personal_data,
        sensitive_data=platform is not None and platform.sensitive_data,
        said=said_by(connection, raised),
    )
    decided = rulings.classifications_of(connection, incident.id, limit=1)
    return replace(facts, categories=frozenset(decided[0].categories if decided else categories_of(facts)))
