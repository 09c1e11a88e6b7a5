"""Syslog from real senders: Debian's rsyslog over every protocol, and nginx."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from collect.authority import Authority
from collect.keeping import Keeper, feed_of
from collect.senders import finish, free_port, poll_until, wait_until

pytestmark = pytest.mark.slow

_RSYSLOG = """\
global(workDirectory="{folder}" maxMessageSize="64k" {tls})
module(load="imfile" mode="polling" pollingInterval="1")
{modules}
input(type="imfile" file="{folder}/in.log" tag="app[7]:" severity="info" facility="local3")
{actions}
"""
_FOREVER = 'action.resumeRetryCount="-1" action.resumeInterval="1" queue.type="LinkedList" queue.size="100000"'
_NGINX = """\
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log syslog:server=127.0.0.1:{udp},tag=nginx combined;
    client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{ listen 127.0.0.1:{http}; location / {{ return 200 "ok"; }} }}
}}
"""


class Rsyslog:
    """An rsyslogd that sends what is written into a file."""

    def __init__(self, folder: Path, actions: str, modules: str = "", tls: str = "") -> None:
        assert shutil.which("rsyslogd"), "the tests need rsyslogd: apt-get install rsyslog"
        folder.mkdir()
        self._log = folder / "in.log"
        self._log.touch()
        config = folder / "rsyslog.conf"
        config.write_text(_RSYSLOG.format(folder=folder, actions=actions, modules=modules, tls=tls), encoding="utf-8")
        self._command = ["rsyslogd", "-n", "-f", str(config), "-i", str(folder / "pid")]
        self._told = folder / "told"
        self.written = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        with self._told.open("ab") as told, subprocess.Popen(self._command, stdout=told, stderr=told) as process:
            try:
                yield
            finally:
                process.terminate()

    def write(self, count: int) -> None:
        with self._log.open("a", encoding="utf-8") as log:
            log.writelines(f"message {number} สวัสดี\n" for number in range(self.written, self.written + count))
        self.written += count


def counted(keeper: Keeper) -> Counter[int]:
    """How often each message came."""
    return Counter(int(line.split(b"message ")[1].split()[0]) for line in keeper.lines)


def forward(port: int, protocol: str, framing: str, template: str, more: str = "") -> str:
    """An action of rsyslog."""
    return (
        f'action(type="omfwd" target="127.0.0.1" port="{port}" protocol="{protocol}" TCP_Framing="{framing}" '
        f'template="{template}" {_FOREVER} {more})'
    )


def test_rsyslog_over_udp_tcp_tls_and_relp_loses_nothing_when_the_worker_restarts(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "certificates")
    server, client = authority.issue("server"), authority.issue("web1", "web1.example.go.th")
    ports = {name: free_port(socket.SOCK_DGRAM if name == "udp" else socket.SOCK_STREAM) for name in
             ("udp", "tcp", "tls", "relp")}  # fmt: skip
    keys = f", certificate: {server}, key: {server}, clients: {authority.ca}, names: [web1.example.go.th]"
    keepers = {
        name: Keeper(
            feed_of(
                tmp_path,
                f'collect: {{transport: syslog, listen: "127.0.0.1:{port}", protocol: {name}'
                f"{keys if name == 'tls' else ''}}}",
                name,
            )
        )
        for name, port in ports.items()
    }
    peer = 'StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="{}"'
    rsyslog = Rsyslog(
        tmp_path / "rsyslog",
        "\n".join(
            (
                forward(ports["udp"], "udp", "traditional", "RSYSLOG_TraditionalForwardFormat"),
                forward(ports["tcp"], "tcp", "traditional", "RSYSLOG_ForwardFormat"),
                forward(
                    ports["tls"], "tcp", "octet-counted", "RSYSLOG_SyslogProtocol23Format", peer.format("localhost")
                ),
                f'action(type="omrelp" target="127.0.0.1" port="{ports["relp"]}" {_FOREVER})',
            )
        ),
        'module(load="omrelp")',
        f'defaultNetstreamDriverCAFile="{authority.ca}" defaultNetstreamDriverCertFile="{client}" '
        f'defaultNetstreamDriverKeyFile="{client}"',
    )
    with rsyslog.running():
        try:
            for part in range(20):
                rsyslog.write(150)
                for name, keeper in keepers.items():
                    keeper.poll()
                    if part == 12 and name != "udp":  # the worker is stopped and started
                        finish(keeper)
                        keeper.poll()
                        keeper.restart(process=True)
                time.sleep(0.1)
            poll_until(list(keepers.values()), lambda: all(len(one.lines) >= 3000 for one in keepers.values()), "3000")
        finally:
            for keeper in keepers.values():
                keeper.close()
    for name, keeper in keepers.items():
        assert counted(keeper) == Counter(range(3000)), name
        assert keeper.kept.rejects == []
        assert all("สวัสดี".encode() in line for line in keeper.lines)
    assert set(keepers["tls"].kept.paths) == {"127.0.0.1 (web1.example.go.th)"}
    assert set(keepers["udp"].kept.paths) == {"127.0.0.1"}


def test_rsyslog_sends_again_what_relp_has_not_answered(tmp_path: Path) -> None:
    port = free_port()
    keeper = Keeper(feed_of(tmp_path, f'collect: {{transport: syslog, listen: "127.0.0.1:{port}", protocol: relp}}'))
    action = f'action(type="omrelp" target="127.0.0.1" port="{port}" {_FOREVER})'
    rsyslog = Rsyslog(tmp_path / "rsyslog", action, 'module(load="omrelp")')
    with rsyslog.running():
        try:
            rsyslog.write(1000)
            poll_until(keeper, lambda: len(keeper.lines) > 0)
            rsyslog.write(1000)
            time.sleep(1.2)  # what comes now is in memory only, and is lost with it
            keeper.restart(process=True)
            poll_until(keeper, lambda: len(counted(keeper)) == 2000, "2000")
        finally:
            keeper.close()
    assert set(counted(keeper)) == set(range(2000))


def test_nginx_sends_its_access_log(tmp_path: Path) -> None:
    assert shutil.which("nginx"), "the tests need nginx: apt-get install nginx"
    udp, http = free_port(socket.SOCK_DGRAM), free_port()
    keeper = Keeper(feed_of(tmp_path, f'collect: {{transport: syslog, listen: "127.0.0.1:{udp}", protocol: udp}}'))
    config = tmp_path / "nginx.conf"
    config.write_text(_NGINX.format(folder=tmp_path, udp=udp, http=http), encoding="utf-8")
    command = ["nginx", "-p", str(tmp_path), "-c", str(config)]
    with subprocess.Popen(command, env={**os.environ, "LC_ALL": "C"}) as nginx:
        try:

            def answers() -> bool:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{http}/up", timeout=5).close()
                except OSError:
                    return False
                return True

            wait_until(answers)
            for number in range(50):
                urllib.request.urlopen(f"http://127.0.0.1:{http}/item/{number}", timeout=5).close()
            poll_until(keeper, lambda: sum(b"/item/" in line for line in keeper.lines) == 50)
        finally:
            nginx.terminate()
            keeper.close()
    assert all(line.startswith(b"<190>") and b" nginx: 127.0.0.1 - -" in line for line in keeper.lines)
