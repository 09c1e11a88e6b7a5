from __future__ import annotations

import re
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest
from faults.conftest import Place


@pytest.mark.slow
def test_up_opens_the_console_with_a_link_and_ends_everything_when_told(tmp_path: Path) -> None:
    place = Place(tmp_path)
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


def test_a_busy_address_is_told_before_anything_starts(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place.environment["WARROOM_ADDRESS"] = f"127.0.0.1:{taken.getsockname()[1]}"
        done = place.run("up")
    assert done.returncode == 2
    assert "already listens" in done.stderr
    assert not (place.data / "state.db").exists()
