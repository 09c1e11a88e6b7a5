"""`./run backup` beside a worker under load, and `./run restore` on what stands for another machine."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path

import httpx
import pytest
from faults.conftest import Place
from faults.test_kill import Writer
from making import web_line
from prometheus_client.parser import text_string_to_metric_families
from warm import Running


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "place")


def answer(done: subprocess.CompletedProcess[str]) -> dict:
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def ingested(place: Place, count: int = 300) -> None:
    place.log.write_bytes(b"".join(web_line(number, "q=1+union+select") for number in range(count)))
    assert place.run("ingest", "--once").returncode == 0


def asked(place: Place, console: Running, address: str) -> dict[str, float]:
    """Ask the running console for its figures, as Prometheus does."""
    assert place.run("user", "add", "robot", "--role", "administrator", "--no-password").returncode == 0
    made = place.run("user", "token", "create", "robot", "prometheus", "--scope", "read_metrics", "--days", "1")
    assert made.returncode == 0, made.stderr
    (secret,) = re.findall(r"wrt_\S+", made.stdout)
    deadline = time.monotonic() + 60
    while True:
        try:
            told = httpx.get(f"http://{address}/metrics", headers={"authorization": f"Bearer {secret}"}, timeout=20)
            break
        except httpx.TransportError:
            assert console.poll() is None, (place.folder / "worker.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.3)
    assert told.status_code == 200, told.text
    assert httpx.get(f"http://{address}/metrics").status_code == 401
    assert httpx.get(f"http://{address}/healthz").text == "ok\n"
    families = text_string_to_metric_families(told.text)
    return {one.name: one.value for family in families for one in family.samples if not one.labels}


@pytest.mark.slow
def test_under_load_nothing_acknowledged_is_missing_elsewhere(tmp_path: Path) -> None:
    place, other = Place(tmp_path / "here"), Place(tmp_path / "there")
    shutil.rmtree(other.data)
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = place.environment["WARROOM_ADDRESS"] = f"127.0.0.1:{free.getsockname()[1]}"
    writer = Writer(place, seed=11)
    writer.start()
    worker = place.start("worker")
    console = place.start("console")
    try:
        deadline = time.monotonic() + 60
        while b"worker ready" not in (place.folder / "worker.log").read_bytes() or place.stored("events").total() < 500:
            assert time.monotonic() < deadline, (place.folder / "worker.log").read_text()
            time.sleep(0.2)
        acknowledged = place.stored("events")
        told = answer(place.run("backup", str(tmp_path / "copy"), "--keys", str(tmp_path / "keys"), "--json"))
        later = place.stored("events")
        figures = asked(place, console, address)
    finally:
        writer.ended.set()
        writer.join()
        console.terminate()
        console.wait(60)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
    assert 0 <= figures["warroom_backup_age_seconds"] < 60
    assert figures["warroom_worker_well"] == 1
    assert "warroom_commit_seconds_count" in figures
    assert told["lacking"] == {}
    place.folder.rename(tmp_path / "lost")

    notes = answer(other.run("restore", str(tmp_path / "copy"), "--keys", str(tmp_path / "keys"), "--json"))["notes"]
    assert "signing.key is in place" in notes
    restored = other.stored("events")
    assert acknowledged <= restored <= later
    verified = answer(other.run("verify", "--json"))
    assert verified["findings"] == []
    # The sources did not come along: that is said, and it is no fault.
    deep = answer(other.run("ledger", "--deep", "--json"))
    assert deep["balanced"]
    assert deep["feeds"][0]["gone_sources"] > 0
    assert deep["feeds"][0]["found_lines"] == 0

    # They come back from elsewhere: what was read is not read again, all else is.
    shutil.copytree(tmp_path / "lost" / "data" / "logs", other.logs)
    assert other.run("ingest", "--once").returncode == 0
    with other.log.open("ab") as log:
        log.write(web_line(10_000_000))
    assert other.run("ingest", "--once").returncode == 0
    writer.lines[web_line(10_000_000)[:-1]] += 1
    assert other.stored("events") == writer.lines
    assert other.stored("rejects") == writer.rejects
    assert answer(other.run("ledger", "--deep", "--json"))["balanced"]
    assert answer(other.run("verify", "--json"))["findings"] == []


@pytest.mark.slow
def test_killed_again_and_again_it_ends_with_a_whole_backup(place: Place, tmp_path: Path) -> None:
    ingested(place)
    for wait in (0.1, 0.2, 0.4, 0.6):
        running = place.start("backup", str(tmp_path / "copy"))
        time.sleep(wait)
        running.kill()
        running.wait()
        if (tmp_path / "copy").exists():
            break
    else:
        assert place.run("backup", str(tmp_path / "copy")).returncode == 0
    other = Place(tmp_path / "other")
    shutil.rmtree(other.data)
    assert other.run("restore", str(tmp_path / "copy")).returncode == 0
    assert other.stored("events") == place.stored("events")


@pytest.mark.slow
def test_keys_are_apart_and_it_is_said_what_their_absence_means(place: Place, tmp_path: Path) -> None:
    ingested(place)
    (place.data / "secret.key").write_text("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=\n")
    (place.data / "secret.key").chmod(0o600)
    done = place.run("backup", str(tmp_path / "one"))
    assert done.returncode == 0
    assert "The keys are not in it" in done.stdout
    secret = (place.data / "signing.key").read_bytes().splitlines()[1]
    told = [path for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert told
    assert not any(secret in path.read_bytes() or b"q83vEjRWeJ" in path.read_bytes() for path in told)
    for inside in (tmp_path / "two" / "keys", place.data / "keys"):
        refused = place.run("backup", str(tmp_path / "two"), "--keys", str(inside))
        assert refused.returncode == 2
        assert "keep the keys apart" in refused.stderr
    assert not (tmp_path / "two").exists()
    keys = tmp_path / "keys"
    assert place.run("backup", str(tmp_path / "two"), "--keys", str(keys)).returncode == 0
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert place.run("backup", str(tmp_path / "three"), "--keys", str(keys)).returncode == 2

    other = Place(tmp_path / "other")
    shutil.rmtree(other.data)
    keys.chmod(0o644)
    loose = other.run("restore", str(tmp_path / "two"), "--keys", str(keys))
    assert loose.returncode == 2
    assert "others may read" in loose.stderr
    keys.chmod(0o600)
    assert other.run("restore", str(tmp_path / "two"), "--keys", str(keys)).returncode == 0
    for name in ("secret.key", "signing.key"):
        assert (other.data / name).read_bytes() == (place.data / name).read_bytes()
        assert stat.S_IMODE((other.data / name).stat().st_mode) == 0o600
    again = other.run("restore", str(tmp_path / "two"))
    assert again.returncode == 2
    assert "is there already" in again.stderr


@pytest.mark.slow
def test_backup_and_restore_are_in_the_audit(place: Place, tmp_path: Path) -> None:
    ingested(place, 10)
    assert place.run("backup", str(tmp_path / "copy")).returncode == 0
    ((action, body),) = place.query("SELECT action, body FROM audit WHERE action = 'backup_made'")
    assert action == "backup_made"
    other = Place(tmp_path / "other")
    shutil.rmtree(other.data)
    assert other.run("restore", str(tmp_path / "copy")).returncode == 0
    ((restored,),) = other.query("SELECT body FROM audit WHERE action = 'restored'")
    assert json.loads(restored)["list_sha256"] == json.loads(body)["list_sha256"]


@pytest.mark.slow
def test_a_lost_segment_is_told_by_the_exit_code(place: Place, tmp_path: Path) -> None:
    ingested(place)
    next((place.data / "events").rglob("*.parquet")).unlink()
    done = place.run("backup", str(tmp_path / "copy"))
    assert done.returncode == 1
    assert "LACKING  events/" in done.stdout
