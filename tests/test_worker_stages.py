"""Rules in their stages in a worker: shadow is counted and raises nothing; a move is seen without a restart."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from making import UNION_RULE, WEB_FEED, new_store, settings_for, somebody, web_line
from sqlalchemy import func, select, update

from warroom.access import Role
from warroom.bench import rule_care, stages
from warroom.bench.drafts import read_draft
from warroom.catalog.stages import Stage
from warroom.detect import RuleSet
from warroom.detect.usual import Usual
from warroom.errors import StoreError
from warroom.settings import Settings
from warroom.store import commit
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.rules import loaded
from warroom.store.rules.tables import rule_hits, shadow_alerts
from warroom.store.tables import alerts, content_faults, incidents
from warroom.store.views.rules import rule_row
from warroom.worker import Worker

RULE = "11111111-1111-4111-8111-111111111111"
DRAFT = "99999999-9999-4999-8999-999999999999"
NIDA, ANAN = somebody("nida", Role.DETECTION_ENGINEER), somebody("anan", Role.DETECTION_ENGINEER)
WHY = "as the test says"


class Room:
    """A worker with one web feed that reads when it is told to."""

    def __init__(self, folder: Path) -> None:
        rule = UNION_RULE.replace("status: test", "status: experimental")
        self.settings: Settings = settings_for(folder, {"web.yml": WEB_FEED}, {"union.yml": rule})
        self.state = new_store(self.settings.data_dir / "state.db")
        self.logs = self.settings.data_dir / "logs"
        self.logs.mkdir()
        self.written = 0
        self.start()

    def start(self) -> None:
        self.worker = Worker(self.settings, threading.Event())
        self.worker.start()

    def restart(self) -> None:
        self.worker.stop()
        self.start()

    def close(self) -> None:
        self.worker.stop()
        self.state.close()

    def read(self, *addresses: str) -> None:
        """Let an attack come from each address, and the worker look at its content and its feed."""
        with (self.logs / "access.log").open("ab") as log:
            for address in addresses:
                self.written += 1
                log.write(web_line(self.written, "id=1+union+select", address))
        self.worker._watch_content()  # noqa: SLF001 - the job that runs every five seconds
        self.worker.read_once()

    def counts(self, rule_id: str = RULE) -> tuple[int, int, int, int]:
        """Alerts raised, incidents, alerts counted in production and in shadow."""
        with self.state.read() as connection:
            hits = dict(
                connection.execute(
                    select(rule_hits.c.stage, func.sum(rule_hits.c.alerts))
                    .where(rule_hits.c.rule_id == rule_id)
                    .group_by(rule_hits.c.stage)
                ).all()
            )
            raised = connection.scalar(select(func.count()).where(alerts.c.rule_id == rule_id))
            opened = connection.scalar(select(func.count()).select_from(incidents))
        return raised or 0, opened or 0, int(hits.get("production", 0)), int(hits.get("shadow", 0))

    def told(self, action: AuditAction) -> int:
        """How often the audit tells of something."""
        with self.state.read() as connection:
            return len(read(connection, Filter(actions=[action])).entries)

    def promote(self, rule_id: str = RULE) -> None:
        stages.approve(self.state, ANAN, stages.propose(self.state, NIDA, rule_id, WHY))


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    # A worker that reads its rules anew looks for garbage everywhere: among all that the tests imported, seconds.
    monkeypatch.setattr(gc, "unfreeze", lambda: None)
    made = Room(tmp_path)
    yield made
    made.close()


def test_shadow_is_counted_production_raises_and_retired_does_nothing(room: Room) -> None:
    room.read("203.0.113.1", "203.0.113.2")
    seen = room.told(AuditAction.CONTENT_SEEN)
    assert room.counts() == (0, 0, 0, 2)
    with room.state.read() as connection:
        assert connection.scalar(select(func.count()).select_from(shadow_alerts)) == 2
    room.promote()
    room.read("203.0.113.3", "203.0.113.1")  # what shadow counted is not raised by growing: it is a new alert now
    assert room.counts()[0] == 2
    assert room.counts()[2:] == (2, 2)
    stages.move(room.state, NIDA, RULE, Stage.RETIRED, WHY)
    room.read("203.0.113.4")
    assert room.counts()[0] == 2
    assert room.counts()[2:] == (2, 2)
    assert stages.roll_back(room.state, NIDA, RULE, WHY) is Stage.PRODUCTION
    room.read("203.0.113.5")
    assert room.counts()[0] == 3
    assert room.told(AuditAction.CONTENT_SEEN) == seen  # no file changed
    row = rule_row(room.state, RULE)
    assert row is not None
    assert (row.stage, row.raised.day, row.shadow.day, row.rule.feeds) == ("production", 3, 2, ("web",))


def test_a_crash_between_reading_and_committing_counts_nothing_twice(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.read("203.0.113.1")

    def failing(*_: object) -> int:
        raise StoreError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(commit, "_set_last_id", failing)
        with pytest.raises(StoreError, match="power went"):
            room.read("203.0.113.1", "203.0.113.2")
    assert room.counts() == (0, 0, 0, 1)
    room.restart()
    room.read()
    assert room.counts() == (0, 0, 0, 2)
    with room.state.read() as connection:
        assert sorted(connection.scalars(select(shadow_alerts.c.count))) == [1, 2]
        assert connection.scalar(select(func.sum(rule_hits.c.events))) == 3


def test_a_draft_runs_when_somebody_lets_it_and_stops_when_it_changes(room: Room) -> None:
    folder = room.settings.data_dir / "drafts"
    folder.mkdir()
    file = folder / "webserver_select.yml"
    file.write_text(UNION_RULE.replace(RULE, DRAFT).replace("in a query", "as drafted"), encoding="utf-8")
    room.read("203.0.113.1")
    assert room.counts(DRAFT) == (0, 0, 0, 0)
    stages.move(room.state, NIDA, DRAFT, Stage.SHADOW, WHY, draft=read_draft(file))
    room.read("203.0.113.2")
    assert room.counts(DRAFT) == (0, 0, 0, 1)
    with room.state.read() as connection:
        known = loaded.get(connection, DRAFT)
    assert (known.file, known.draft_sha256) == (file.name, read_draft(file).sha256)
    room.promote(DRAFT)
    second = folder / "webserver_a.yml"  # by hand, with the same id, and first by name
    second.write_text(file.read_text(encoding="utf-8").replace("as drafted", "as doubled"), encoding="utf-8")
    room.read("203.0.113.3")
    assert room.counts(DRAFT)[0] == 1
    with room.state.read() as connection:
        (fault,) = connection.execute(select(content_faults.c.file, content_faults.c.reason)).all()
    assert Path(fault.file).name == second.name
    assert f"already belongs to {file.name}" in fault.reason
    second.unlink()
    file.write_text(file.read_text(encoding="utf-8") + "# changed by nobody knows whom\n", encoding="utf-8")
    room.read("203.0.113.4")
    assert room.counts(DRAFT)[0] == 1
    with room.state.read() as connection:
        assert any("approved" in reason for reason in connection.scalars(select(content_faults.c.reason)))
    text = file.read_text(encoding="utf-8")
    file.unlink()
    room.read()
    with room.state.read() as connection:
        (reason,) = connection.scalars(select(content_faults.c.reason))
    assert f"draft of rule {DRAFT} is not there" in reason
    (room.settings.detectors / file.name).write_text(text, encoding="utf-8")  # the patch was applied
    room.read("203.0.113.5")
    assert room.counts(DRAFT)[0] == 2
    with room.state.read() as connection:
        assert connection.execute(select(content_faults)).all() == []


def test_the_workers_jobs_tune_and_fill_gaps(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []

    def noted(*given: object) -> int:
        done.append(given[-1])
        return 1

    for name in ("fill_gaps", "propose_tuning"):
        monkeypatch.setattr(rule_care, name, noted)
    room.worker._routines.fill()  # noqa: SLF001 - the jobs of every half minute and every ten seconds
    room.worker._routines.tune()  # noqa: SLF001
    usual, rules = done
    assert isinstance(usual, Usual)
    assert isinstance(rules, RuleSet)
    assert rules.shadow == {RULE}


def test_once_a_day_old_figures_go(room: Room) -> None:
    room.read("203.0.113.1")
    with room.state.write() as connection:
        connection.execute(update(rule_hits).values(hour=1))
    room.worker._forget_finished()  # noqa: SLF001 - the job of every day
    assert room.counts() == (0, 0, 0, 0)
