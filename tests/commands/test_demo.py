from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from warroom.catalog import load_feeds
from warroom.commands.demo import MARK, begin_anew, demo_environment, only_one
from warroom.commands.supervise import Processes
from warroom.errors import ConflictError, UsageError, WarroomError
from warroom.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def test_a_new_day_begins_in_an_empty_private_folder(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    begin_anew(data)
    (data / "state.db").write_text("yesterday")
    begin_anew(data)
    assert [path.name for path in data.iterdir()] == [MARK]
    assert data.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def test_an_interrupted_removal_is_finished_at_the_next_start(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    begin_anew(data)
    data.rename(tmp_path / ".demo.old-demo")
    begin_anew(data)
    begin_anew(data)
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def test_a_folder_that_is_no_demos_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_text("real")
    with pytest.raises(UsageError, match="no demo's"):
        begin_anew(tmp_path)
    assert (tmp_path / "state.db").read_text() == "real"


def test_a_link_is_refused(tmp_path: Path) -> None:
    begin_anew(tmp_path / "other")
    (tmp_path / "demo").symlink_to(tmp_path / "other")
    with pytest.raises(UsageError, match="is a link"):
        begin_anew(tmp_path / "demo")
    assert (tmp_path / "other" / MARK).exists()


def test_a_configured_database_never_sees_a_drill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARROOM_DB", "postgresql://production/warroom")
    for name, value in demo_environment(tmp_path, "registration_day").items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.db_url == f"sqlite:///{tmp_path / 'state.db'}"
    assert settings.data_dir == tmp_path
    assert settings.drill
    feeds, faults = load_feeds(settings.feeds, settings.data_dir)
    assert faults == []
    assert all(feed.drill for feed in feeds)
    assert tmp_path not in settings.cache_dir.parents


def test_two_demos_never_share_a_folder(tmp_path: Path) -> None:
    with only_one(tmp_path / "demo"), pytest.raises(ConflictError, match="already runs"), only_one(tmp_path / "demo"):
        pass
    with only_one(tmp_path / "demo"):
        pass


def test_the_folder_stays_locked_while_a_process_of_a_killed_demo_lives(tmp_path: Path) -> None:
    with only_one(tmp_path / "demo") as lock:
        orphan = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lock])
    with pytest.raises(ConflictError), only_one(tmp_path / "demo"):
        pass
    orphan.communicate(b"\n")
    with only_one(tmp_path / "demo"):
        pass


@pytest.mark.slow
def test_processes_end_with_the_command_and_keep_their_output(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Processes(tmp_path / "logs", {"WARROOM_DATA": str(tmp_path)}) as processes:
        processes.start("play", "drill", "start", "registration_day")
        (number,) = processes.ids()
        while not list(tmp_path.glob("logs/tang_rat/*.log")):
            assert not processes.pause(0.05)
        os.kill(os.getpid(), signal.SIGTERM)
        processes.watch()
        os.kill(number, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
    assert "playing registration_day" in (tmp_path / "logs" / "play.log").read_text()
    assert (tmp_path / "logs" / "play.log").stat().st_mode & 0o777 == 0o600
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.slow
def test_a_process_that_always_crashes_ends_the_command_with_its_log(tmp_path: Path) -> None:
    with Processes(tmp_path, {}) as processes:
        processes.start("broken", "no-such-command")
        with pytest.raises(WarroomError, match=r"broken\.log"):
            processes.watch()
    assert (tmp_path / "broken.log").read_text().count("there is no command") == 4
