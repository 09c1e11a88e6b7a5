"""The hook judges every connection, and lets the process that sends do nothing else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from warroom.net import networks
from warroom.notify.child import Judge, RefusedError
from warroom.settings import ROOT


@pytest.mark.parametrize(
    "peer",
    [
        ("127.0.0.1", 25),
        ("10.1.2.3", 25),
        ("169.254.169.254", 80),
        ("::1", 25, 0, 0),
        ("::ffff:127.0.0.1", 25, 0, 0),
        ("fe80::1%eth0", 25, 0, 2),
        ("localhost", 25),
        "/run/docker.sock",
        b"\0abstract",
        (),
        (7, 7),
        None,
    ],
)
def test_connections_to_what_is_not_public_are_refused(peer: object) -> None:
    judge = Judge(())
    with pytest.raises(RefusedError):
        judge("socket.connect", (None, peer))
    assert judge.refused


def test_public_addresses_and_those_that_the_operator_allows_pass() -> None:
    judge = Judge(networks("10.20.0.0/16"))
    judge("socket.connect", (None, ("1.1.1.1", 443)))
    judge("socket.connect", (None, ("2606:4700::1111", 443, 0, 0)))
    judge("socket.connect", (None, ("10.20.1.1", 587)))
    with pytest.raises(RefusedError):
        judge("socket.connect", (None, ("10.21.1.1", 587)))


def test_reading_passes_and_writing_does_not() -> None:
    judge = Judge(())
    judge("open", ("/etc/ssl/certs/ca.pem", "r", os.O_RDONLY))
    judge("open", (os.devnull, None, os.O_RDWR))
    for flags in (os.O_WRONLY, os.O_RDWR | os.O_CREAT, os.O_APPEND | os.O_WRONLY):
        with pytest.raises(RefusedError):
            judge("open", ("/tmp/x", "w", flags))  # noqa: S108 - not opened


ATTEMPTS = {
    "connect": "socket.create_connection(('localhost', PORT), 2)",
    "connect_ex": "socket.socket().connect_ex(('127.0.0.1', PORT))",
    "udp": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT))",
    "bind": "socket.socket().bind(('127.0.0.1', 0))",
    "program": "subprocess.run(['true'])",
    "shell": "os.system('true')",
    "fork": "os.fork()",
    "write": "open('FOLDER/written', 'w')",
    "remove": "os.remove('FOLDER/there')",
}


@pytest.mark.slow
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_interpreter_asks_the_hook(attempt: str, tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    with socket.create_server(("127.0.0.1", 0)) as server:
        tried = ATTEMPTS[attempt].replace("PORT", str(server.getsockname()[1])).replace("FOLDER", str(tmp_path))
        code = (
            "import os, socket, subprocess, sys\n"
            "from warroom.notify.child import Judge, RefusedError\n"
            "sys.addaudithook(Judge(()))\n"
            f"try:\n    {tried}\nexcept RefusedError:\n    sys.exit(7)\n"
        )
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, "-c", code], env=environment, check=False, cwd=tmp_path)
    assert done.returncode == 7
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
