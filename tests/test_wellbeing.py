"""Heartbeats go out only while the worker is well, and its own death is what stops them."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest
from faults.conftest import Place
from loopback import plain, serving
from making import WEB_FEED, new_store, settings_for, web_line
from proxying import proxying
from test_net import time_server, untouched

from warroom.catalog import Feed, load_feeds
from warroom.environment import SecretStr
from warroom.errors import DiskFullError
from warroom.reserve import Reserve
from warroom.settings import Settings
from warroom.store import feedstate, pulse
from warroom.store.database import now_us
from warroom.store.lease import Lease
from warroom.store.pulse import Durations
from warroom.store.views import feeds as feed_rows
from warroom.wellbeing import Wellbeing, waiting_for_long

SECOND = 1_000_000


class Case:
    """A worker's wellbeing without the worker."""

    def __init__(self, folder: Path, **changes: object) -> None:
        made = settings_for(folder, {"web.yml": WEB_FEED}, {})
        told = {"data": made.data, "feeds": made.feeds, "detectors": made.detectors, "outbound": "127.0.0.1"}
        self.settings = Settings(**told | changes)
        self.state = new_store(self.settings.data_dir / "state.db")
        feedstate.register(self.state, [feedstate.Registration("web", "tang_rat", "เว็บ", "Web", False, 900)])
        feedstate.passed(self.state, {"web": None})
        self.lease = Lease(self.state, self.settings.data_dir)
        self.lease.take()
        reserve = Reserve(self.settings.data_dir, self.settings.disk_reserve_mib << 20)
        self.wellbeing = Wellbeing(self.settings, self.state, self.lease, reserve)
        self.feeds: list[Feed] = list(load_feeds(self.settings.feeds, self.settings.data_dir)[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.lease.release()
        self.state.close()


def test_a_heartbeat_goes_out_while_all_is_well(tmp_path: Path) -> None:
    with serving({"/secret": plain(b"OK")}) as (url, asked):
        with Case(tmp_path, heartbeat_url=SecretStr(f"{url}/secret")) as case:
            case.wellbeing.beat(case.feeds, Durations())
            case.wellbeing.look(case.feeds, Durations())
            told = pulse.read(case.state)
        assert [path for path, _ in asked] == ["/secret"]
        assert told is not None
        assert told.unwell is None
        assert told.heartbeat_at is not None


def test_the_heartbeat_goes_by_the_proxy(tmp_path: Path) -> None:
    with serving({"/secret": plain(b"OK")}) as (url, asked), proxying() as seen:
        seen.names["beat.example"] = "127.0.0.1"
        there = SecretStr(url.replace("127.0.0.1", "beat.example") + "/secret")
        with Case(tmp_path, heartbeat_url=there, outbound="", proxy=seen.url) as case:
            case.wellbeing.beat(case.feeds, Durations())
    assert [path for path, _ in asked] == ["/secret"]
    assert len(seen.asked) == 1


def broken_lease(case: Case) -> None:
    with case.state.write() as connection:
        connection.exec_driver_sql("UPDATE leases SET holder = 'somebody:1:else'")


def full_disk(case: Case) -> None:
    case.wellbeing.failed["web"] = DiskFullError("no room")


def long_unseen(case: Case) -> None:
    case.wellbeing._started_at = 0  # noqa: SLF001 - a worker that began long ago
    with case.state.write() as connection:
        connection.exec_driver_sql(f"UPDATE feed_states SET read_at = {now_us() - 600 * SECOND}")  # noqa: S608 - ours


@pytest.mark.parametrize("harm", [broken_lease, full_disk, long_unseen])
def test_none_goes_out_when_the_work_does_not_get_done(tmp_path: Path, harm: Callable[[Case], None]) -> None:
    with serving({"/": plain(b"OK")}) as (url, asked):
        with Case(tmp_path, heartbeat_url=SecretStr(url)) as case:
            harm(case)
            case.wellbeing.beat(case.feeds, Durations())
            told = pulse.read(case.state)
        assert asked == []
        assert told is not None
        assert told.unwell


def test_a_feed_whose_file_is_broken_or_that_was_switched_off_is_no_illness(tmp_path: Path) -> None:
    with Case(tmp_path) as case:
        case.wellbeing.failed |= {"web": ValueError("a parser's mistake"), "gone": DiskFullError("long ago")}
        assert case.wellbeing.look(case.feeds, Durations()) is None


def test_nobody_outside_or_a_refusal_is_no_heartbeat(tmp_path: Path) -> None:
    with serving({"/": plain(b"no", 500)}) as (url, _):
        for place, allowed in ((url, "127.0.0.1"), (url, ""), ("http://127.0.0.1:9/", "127.0.0.1")):
            folder = tmp_path / str(len(list(tmp_path.iterdir())))
            with Case(folder, heartbeat_url=SecretStr(place), outbound=allowed) as case:
                case.wellbeing.beat(case.feeds, Durations())
                case.wellbeing.look(case.feeds, Durations())
                told = pulse.read(case.state)
                assert told is not None
                assert told.heartbeat_at is None


def test_the_heartbeats_address_is_not_shown() -> None:
    assert "token-of-ours" not in repr(Settings(heartbeat_url=SecretStr("https://x.example/token-of-ours")))


def test_patience_grows_with_the_interval(tmp_path: Path) -> None:
    with Case(tmp_path) as case:
        rows = {row.feed_id: row for row in feed_rows(case.state, now_us())}
        (quick,) = case.feeds
        now = (rows["web"].read_at or 0) + 121 * SECOND
        assert "feed web was not looked at for 121 s" in (waiting_for_long([quick], rows, 0, now) or "")
        assert waiting_for_long([quick], rows, now - SECOND, now) is None  # the worker has only begun
        assert waiting_for_long([replace(quick, every_seconds=60)], rows, 0, now) is None


def test_the_clock_is_compared_and_told(tmp_path: Path) -> None:
    with time_server(untouched, ahead=90) as server, Case(tmp_path, ntp=server) as case:
        case.wellbeing.check_clock()
        case.wellbeing.look(case.feeds, Durations())
        told = pulse.read(case.state)
    assert told is not None
    assert told.clock_offset == pytest.approx(90, abs=1)


@pytest.mark.slow
def test_the_workers_death_is_noticed_outside(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.log.write_bytes(web_line(1))
    with serving({"/": plain(b"OK")}) as (url, asked):
        place.environment |= {"WARROOM_HEARTBEAT_URL": url, "WARROOM_OUTBOUND": "127.0.0.0/8"}
        worker = place.start("worker")
        deadline = time.monotonic() + 60
        while not asked:
            assert time.monotonic() < deadline, (tmp_path / "worker.log").read_text()
            time.sleep(0.2)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
        count = len(asked)
        time.sleep(1)
        assert len(asked) == count


def test_intake_that_stands_still_for_want_of_room_is_no_wellbeing(tmp_path: Path) -> None:
    with Case(tmp_path, disk_reserve_mib=1 << 40) as case:
        told = case.wellbeing.look(case.feeds, Durations())
    assert told is not None
    assert "WARROOM_DISK_RESERVE_MIB" in told
