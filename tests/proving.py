"""A small store with incidents, segments of several days, proofs and a file off the machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from casework import work_on
from making import an_alert, events, new_store

from warroom.access import Actor, Role, accounts, api_tokens
from warroom.access.passwords import Hashing
from warroom.access.roles import Permission
from warroom.incidents import actions
from warroom.incidents.grouping import group
from warroom.model import Entity
from warroom.store import feedstate, holds, manifest
from warroom.store.audit import AuditAction, Entry, Via, append
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State
from warroom.store.lease import Lease
from warroom.store.prover import Places, Prover
from warroom.store.segments import write_segment
from warroom.store.signing import Signer, Trusted
from warroom.store.verify import Evidence, Report, verify

ADMIN = Actor("operator@command-line", frozenset({Role.ADMINISTRATOR}), via=Via.COMMAND_LINE)
#: Real argon2id with the smallest parameters it takes.
CHEAP = Hashing(memory_kib=8, rounds=1)
PASSWORD: Final = "trams nimble oak seven"  # noqa: S105  of nobody
LEAD = Actor("somchai", frozenset({Role.SHIFT_LEAD}))


class Kept:
    """A store of its own in a folder, as a worker would leave it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.copy = folder / "elsewhere" / "heads.jsonl"
        self.key = folder / "keys" / "signing.key"

    @property
    def state(self) -> State:
        return State(f"sqlite:///{self.data_dir / 'state.db'}")

    def make(self, days: int = 3, segments: int = 4, *, cases: bool = False) -> None:
        """Write closed days, one batch of today, incidents and audit entries; sign all of it.

        With ``cases`` also what people do with incidents and settings.
        """
        self.copy.parent.mkdir(parents=True)
        self.data_dir.mkdir(mode=0o700)
        with new_store(self.data_dir / "state.db") as state:
            feedstate.register(state, [feedstate.Registration("web", "tang_rat", "เว็บ", "Web", False, 900)])
            lease = Lease(state, self.data_dir)
            lease.take()
            prover = Prover(state, self.data_dir, lease, Places(self.key, self.copy, None))
            prover.begin()
            ids = EventIds(state)
            for number in range(days * segments):
                self.old_segment(state, ids, number // segments + 2)
            self.today(state, lease, ids)
            group(state, timedelta(hours=1))
            prover.run()
            for number, action in enumerate(list(AuditAction)[:12]):
                with state.write() as connection:
                    append(
                        connection,
                        Entry(f"person{number % 3}", Via.CONSOLE, action, "thing", str(number), {"n": number}),
                    )
            order = holds.Order("สส. 12/2569", "พนักงานเจ้าหน้าที่", datetime.now(UTC).date())
            expires_on = datetime.now(UTC).date() + timedelta(days=300)
            holds.hold_order(
                state, order, holds.Scope(feed_id="web"), "คดี", "somchai", Via.CONSOLE, expires_on=expires_on
            )
            self.people(state)
            holds.hold_incident(state, 1, "evidence", "somchai", Via.CONSOLE)
            actions.acknowledge(state, 1, LEAD)
            actions.note(state, 1, LEAD, "บันทึก")
            actions.assign(state, 2, LEAD, "malee")
            if cases:
                work_on(state, self.data_dir, lease, ids)
            prover.run()
            lease.release()

    def people(self, state: State) -> None:
        """Make accounts of every kind: with a password, confined, bound to a provider; two tokens."""
        now = datetime.now(UTC)
        for name, role, password in (
            ("administrator", Role.ADMINISTRATOR, PASSWORD),
            ("malee", Role.ANALYST, None),
            ("ครูส้ม", Role.VIEWER, None),
        ):
            accounts.create(
                state, ADMIN, accounts.Newcomer(name, frozenset({role}), password=password), now, hashing=CHEAP
            )
        accounts.set_platforms(state, ADMIN, "malee", ["tang_rat", "thaid"], now)
        accounts.bind_oidc(state, ADMIN, "ครูส้ม", "https://id.example.go.th", "7f3a", now)
        accounts.map_os_user(state, ADMIN, "administrator", "root", now)
        accounts.disable(state, ADMIN, "ครูส้ม", now)
        for label in ("scanner", "portal"):
            api_tokens.create_token(
                state, ADMIN, "malee", label, scopes=[Permission.READ_INCIDENTS], lifetime=timedelta(days=30), now=now
            )
        api_tokens.revoke_token(state, ADMIN, 2, now)

    def prove(self) -> None:
        """Sign what happened since, as the worker does every minute."""
        with self.state as state:
            lease = Lease(state, self.data_dir)
            lease.take()
            prover = Prover(state, self.data_dir, lease, Places(self.key, self.copy, None))
            prover.begin()
            prover.run()
            lease.release()

    def old_segment(self, state: State, ids: EventIds, days_ago: int) -> None:
        """Write a segment of a day that is over."""
        day = (datetime.now(UTC) - timedelta(days=days_ago)).strftime("%Y-%m-%d")
        made = events(3, ids.take(3))
        one = write_segment(
            self.data_dir, "events", "web", made, times=made.column("ts"), ids=made.column("event_id"), day=day
        )
        with state.write() as connection:
            manifest.add(connection, [one])

    def today(self, state: State, lease: Lease, ids: EventIds) -> None:
        """Commit a batch with two alerts, as the pipeline does."""
        alerts = [
            an_alert(alert_id=name * 64, entities=(Entity("address", f"203.0.113.{number}"),))
            for number, name in enumerate("ab")
        ]
        commit(
            state, self.data_dir, Batch("web", "s", None, "{}", 3, events(3, ids.take(3)), 3, (), alerts), ids, lease
        )

    def check(self, *, copy: bool = True) -> Report:
        """Run the check."""
        with self.state as state:
            return verify(
                Evidence(state, self.data_dir, Trusted.of(Signer.open(self.key)), self.copy if copy else None),
                lambda *_: None,
            )
