from __future__ import annotations

import os
import socket
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from collect.authority import Authority
from collect.keeping import COMMITTED, REFUSED, feed_of
from collect.senders import (
    Opening,
    connect,
    connect_tls,
    finish,
    free_port,
    gone,
    poll_until,
    there,
    wait_until,
)

from warroom.catalog.transports.syslog import Listening, Syslog
from warroom.collect.syslog_inbox import Place
from warroom.collect.syslog_stream import StreamDoor
from warroom.errors import UsageError


def test_messages_over_tcp_with_their_sender(opened: Opening) -> None:
    port = free_port()
    keeper = opened(port, "tcp")
    with connect(port) as link:
        link.sendall(b"<1>line\n9 <2>in\nner<3>not")
        poll_until(keeper, lambda: len(keeper.lines) == 2)
        link.sendall(b" yet\n<4>last")
    poll_until(keeper, lambda: len(keeper.lines) == 4)
    assert keeper.lines == [b"<1>line", b"<2>in\nner", b"<3>not yet", b"<4>last"]
    assert keeper.kept.paths == ["127.0.0.1"] * 4


def test_a_full_inbox_holds_the_sender_back_and_nothing_is_lost(opened: Opening) -> None:
    port = free_port()
    keeper = opened(port, "tcp")
    text = b"<1>" + b"x" * 500_000
    with connect(port) as link:
        sender = threading.Thread(target=lambda: [link.sendall(text + b"\n") for _ in range(200)], daemon=True)
        sender.start()
        sender.join(1)
        assert sender.is_alive()
        assert there(keeper) < 100
        poll_until(keeper, lambda: len(keeper.lines) == 200)
        sender.join()
    assert set(keeper.lines) == {text}


def test_bad_senders_harm_nobody() -> None:
    port = free_port()
    listening = Listening("127.0.0.1", port, "tcp")
    door = StreamDoor(listening, 1000, connections=20, message_seconds=1)
    inbox = door.join("feed", Syslog(listening))
    with ExitStack() as stack:
        stack.callback(door.close)
        endless = stack.enter_context(connect(port))
        endless.sendall(b"q" * 100_000)  # no end ever
        slow = stack.enter_context(connect(port))
        slow.sendall(b"<1>slow")
        liar = stack.enter_context(connect(port))
        liar.sendall(b"999999999 <1>")
        binary = stack.enter_context(connect(port))
        binary.sendall(os.urandom(100_000).replace(b"\n", b"") + b"\n")
        assert gone(liar)
        assert gone(slow)
        honest = stack.enter_context(connect(port))
        honest.sendall(b"<1>honest\n")
        idle = [stack.enter_context(connect(port)) for _ in range(200)]
        assert gone(idle[0])
        newcomer = stack.enter_context(connect(port))
        newcomer.sendall(b"<1>newcomer\n")
        honest.sendall(b"<1>still here\n")
        wait_until(lambda: len(door._links) <= 20)  # noqa: SLF001
        entries = []

        def came(text: bytes) -> bool:
            handed = inbox.hand(Place(), inbox.waiting())
            entries[:] = handed.entries if handed is not None else []
            return text in [one.data for one in entries if one.reason is None]

        for text in (b"<1>honest", b"<1>newcomer", b"<1>still here", b"<1>slow"):
            wait_until(lambda text=text: came(text), text.decode())  # type: ignore[misc]
        assert all(len(one.data) <= 1000 for one in entries)
        assert any("connections" in one for one in door.problems("feed"))


def test_feeds_share_a_door(opened: Opening) -> None:
    port = free_port()
    sshd = opened(port, "tcp", ", programs: [sshd]", name="sshd")
    web = opened(port, "tcp", ", hosts: [web1]", name="web", beside=sshd)
    head = b"<13>Nov 22 10:00:00 "
    with connect(port) as link:
        for text in (b"web1 sshd[7]: a", b"web1 nginx: b", b"db1 sshd: c", b"db1 postgres: d"):
            link.sendall(head + text + b"\n")
        poll_until([sshd, web], lambda: sshd.kept.lost["unclaimed"])
        assert [line[20:] for line in sshd.lines] == [b"web1 sshd[7]: a", b"db1 sshd: c"]
        assert [line[20:] for line in web.lines] == [b"web1 nginx: b"]
        assert all("messages came from 127.0.0.1 that no feed here takes" in one.problems[0] for one in (sshd, web))
        rest = opened(port, "tcp", name="rest", beside=sshd)
        link.sendall(head + b"db1 postgres: e\n")
        poll_until(rest, lambda: rest.lines)
    other = opened(port, "tcp", ", framing: newline", name="tcp_other", beside=sshd)
    twice = opened(port, "tcp", ", programs: [sshd]", name="twice", beside=sshd)
    other.poll()
    twice.poll()
    assert any("feed rest listens here with other settings" in one for one in other.problems)
    assert any("feeds sshd and twice both take programs sshd here" in one for one in twice.problems)


def test_a_feed_that_is_not_read_holds_up_its_own_senders_only(opened: Opening) -> None:
    port = free_port()
    stuck = opened(port, "tcp", ", programs: [stuck]", name="stuck")
    other = opened(port, "tcp", name="other", beside=stuck)
    text = b"<13>Nov 22 10:00:00 web1 stuck: " + b"x" * 500_000 + b"\n"
    with connect(port) as full, connect(port) as free:
        sender = threading.Thread(target=lambda: [full.sendall(text) for _ in range(150)], daemon=True)
        sender.start()
        sender.join(1)
        assert sender.is_alive()
        free.sendall(b"<13>Nov 22 10:00:00 web1 free: y\n")
        poll_until(other, lambda: len(other.lines) == 1)
        poll_until(stuck, lambda: len(stuck.lines) == 150)
        sender.join()
    assert not stuck.kept.lost


def test_a_sender_that_no_feed_means_is_turned_away(opened: Opening) -> None:
    port = free_port()
    keeper = opened(port, "tcp", ", senders: [192.0.2.0/24]")
    with connect(port) as link:
        assert gone(link)
    keeper.poll()
    assert "127.0.0.1 was turned away" in keeper.problems[0]


def test_a_port_that_is_taken_is_told(opened: Opening) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="another program does"):
        opened(taken.getsockname()[1], "tcp")


def test_what_is_on_its_way_is_taken_when_the_door_closes(opened: Opening) -> None:
    port = free_port()
    keeper = opened(port, "tcp")
    with connect(port) as link:
        link.sendall(b"".join(b"<1>%d\n" % number for number in range(50_000)))
        finish(keeper)
        keeper.poll()
        assert gone(link)
    assert len(keeper.lines) == 50_000


def test_what_is_in_the_spool_comes_once_whoever_dies(opened: Opening, tmp_path: Path) -> None:
    port = free_port()
    keeper = opened(port, "tcp", ", spool: true", line_limit=1024)
    with connect(port) as link:
        link.sendall(b"".join(b"<1>%d\n" % number for number in range(100)) + b"z" * 2000 + b"\n")
        wait_until(lambda: there(keeper) == 102)
    keeper.restart(process=True)  # nothing was committed
    with connect(port) as link:
        link.sendall(b"".join(b"<1>%d\n" % number for number in range(100, 200)))
        wait_until(lambda: there(keeper) == 202)
        assert keeper.crash(0, COMMITTED)
    keeper.restart(process=True)
    assert keeper.poll() == []
    assert keeper.lines == [b"<1>%d" % number for number in range(200)]
    assert b"".join(data for _, data, _ in keeper.kept.rejects) == b"z" * 2000
    with connect(port) as link:
        link.sendall(b"<1>last\n")
        poll_until(keeper, lambda: keeper.lines[200:] == [b"<1>last"])
    keeper.restart(process=True)
    assert keeper.poll() == []
    assert list((tmp_path / "spool" / "tested").iterdir()) == []


def test_client_certificates_right_wrong_and_none(opened: Opening, tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs")
    server = ours.issue("server")
    port = free_port()
    keeper = opened(
        port,
        "tls",
        f", certificate: {server}, key: {server}, clients: {ours.ca}, names: ['*.example.go.th']",
    )
    with connect_tls(port, ours.ca, ours.issue("web1", "web1.example.go.th")) as link:
        link.sendall(b"6 <1>abc<2>line\n")
        poll_until(keeper, lambda: len(keeper.lines) == 2)
    for wrong, told in (
        (ours.issue("other", "web1.example.com"), "(web1.example.com) was turned away"),
        (theirs.issue("foreign", "web1.example.go.th"), "TLS with 127.0.0.1 failed"),
        (None, "TLS with 127.0.0.1 failed"),
    ):
        try:
            with connect_tls(port, ours.ca, wrong) as link:
                link.sendall(b"6 <1>xyz")
                assert gone(link)
        except OSError:
            pass
        poll_until(keeper, lambda told=told: any(told in one for one in keeper.problems), told)  # type: ignore[misc]
    assert keeper.lines == [b"<1>abc", b"<2>line"]
    assert keeper.kept.lost == {}


def test_a_renewed_certificate_is_used_and_a_broken_one_is_told(opened: Opening, tmp_path: Path) -> None:
    old, new = Authority(tmp_path / "old"), Authority(tmp_path / "new")
    server = old.issue("server")
    port = free_port()
    keeper = opened(port, "tls", f", certificate: {server}, key: {server}")
    connect_tls(port, old.ca).close()
    server.write_text("no certificate", encoding="utf-8")
    poll_until(keeper, lambda: any("until then the old one is used" in one for one in keeper.problems))
    connect_tls(port, old.ca).close()
    server.write_bytes(new.issue("server").read_bytes())

    def renewed() -> bool:
        try:
            connect_tls(port, new.ca).close()
        except OSError:
            return False
        return True

    wait_until(renewed)


def test_a_key_that_everybody_may_read_is_refused(opened: Opening, tmp_path: Path) -> None:
    server = Authority(tmp_path / "ours").issue("server")
    server.chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        opened(free_port(), "tls", f", certificate: {server}, key: {server}")


def test_changed_settings_are_used_from_then_on(opened: Opening, tmp_path: Path) -> None:
    old, new = Authority(tmp_path / "old"), Authority(tmp_path / "new")
    first, second = old.issue("server"), new.issue("server")
    port = free_port()
    keeper = opened(port, "tls", f", certificate: {first}, key: {first}")
    with connect_tls(port, old.ca) as link:
        collect = f'transport: syslog, listen: "127.0.0.1:{port}", protocol: tls, certificate: {second}, key: {second}'
        keeper.feed = feed_of(tmp_path, f"collect: {{{collect}}}")
        link.sendall(b"<1>over the old one\n")
        keeper.restart()
        assert gone(link)
    with connect_tls(port, new.ca) as link:
        link.sendall(b"<1>over the new one\n")
    poll_until(keeper, lambda: keeper.lines == [b"<1>over the old one", b"<1>over the new one"])


@pytest.mark.parametrize("over_tls", [False, True])
def test_relp_answers_after_the_commit(opened: Opening, tmp_path: Path, *, over_tls: bool) -> None:
    port = free_port()
    authority = Authority(tmp_path / "ours")
    server = authority.issue("server")
    keeper = opened(port, "relp", f", certificate: {server}, key: {server}" if over_tls else "")
    with connect_tls(port, authority.ca) if over_tls else connect(port) as link:
        link.sendall(b"1 open 14 relp_version=0\n")
        assert link.recv(1000).startswith(b"1 rsp ")
        link.sendall(b"2 syslog 6 <1>abc\n3 syslog 6 <1>def\n")
        wait_until(lambda: there(keeper) == 2)
        assert keeper.crash(0, REFUSED)
        link.settimeout(0.2)
        with pytest.raises(TimeoutError):
            link.recv(1)
        link.settimeout(30)
        keeper.poll()
        got = b""
        while got.count(b"\n") < 2:
            got += link.recv(1000)
        assert got == b"2 rsp 6 200 OK\n3 rsp 6 200 OK\n"
        link.sendall(b"4 close 0\n")
        got = b""
        while piece := link.recv(1000):
            got += piece
        assert got == b"4 rsp 6 200 OK\n0 serverclose 0\n"
    assert keeper.lines == [b"<1>abc", b"<1>def"]
