from __future__ import annotations

import re
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest
from faults.conftest import Place

from warroom.__main__ import main
from warroom.commands.supervise import put_aside


@pytest.mark.slow
def test_up_opens_the_console_with_a_link_and_ends_everything_when_told(tmp_path: Path) -> None:
    place = Place(tmp_path)
    (place.data / "state.db").unlink()  # as on the first day
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    place.environment["WARROOM_ADDRESS"] = address
    with subprocess.Popen(place.command("up"), env=place.environment, stdout=subprocess.PIPE, text=True) as up:
        try:
            assert up.stdout is not None
            told = ""
            while "Ctrl-C" not in told:
                line = up.stdout.readline()
                assert line, told
                told += line
            link = re.search(r"http://\S+/signin\?token=\S+", told)
            assert link
            page = httpx.get(link.group())
            assert page.status_code == 200
            assert 'name="password"' in page.text
            given = {
                "token": link.group().partition("token=")[2],
                "name": "anong",
                "password": "trams nimble oak seven",
            }
            entered = httpx.post(f"http://{address}/signin", data=given, headers={"origin": f"http://{address}"})
            assert entered.status_code == 303
            inside = httpx.get(f"http://{address}/_stcore/host-config", cookies=entered.cookies)
            assert inside.status_code == 200
            (holder,) = place.query("SELECT holder FROM leases")[0]
        finally:
            up.send_signal(signal.SIGTERM)
            assert up.wait(60) == 0
    assert holder
    assert place.query("SELECT count(*) FROM leases") == [(0,)]
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://{address}/healthz")


def test_a_busy_address_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARROOM_DATA", str(tmp_path / "data"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("WARROOM_ADDRESS", f"127.0.0.1:{taken.getsockname()[1]}")
        assert main(["up"]) == 2
    assert "already listens" in capsys.readouterr().err
    assert not (tmp_path / "data" / "state.db").exists()


def test_a_log_that_is_too_long_is_put_aside_and_written_on(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with log.open("ab") as appended:
        for number in range(3):
            appended.write(b"%d" % number * 60)
            appended.flush()
            log.chmod(0o600)
            put_aside(log, most_bytes=100)
    assert log.read_bytes() == b"2" * 60
    aside = tmp_path / "worker.log.1"
    assert aside.read_bytes() == b"0" * 60 + b"1" * 60
    assert aside.stat().st_mode & 0o777 == 0o600
