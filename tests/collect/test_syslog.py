from __future__ import annotations

import socket
from pathlib import Path

import pytest
from collect.keeping import COMMITTED, REFUSED, faults_of, feed_of
from collect.senders import (
    ONLY_LINUX,
    Opening,
    finish,
    free_port,
    poll_until,
    there,
    wait_until,
)

from warroom.catalog.transports.syslog import Listening, Syslog


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("protocol: udp", "`collect.listen` is missing"),
        ('listen: "514", protocol: udp', "is an address of this machine and a port"),
        ('listen: "0.0.0.0:70000", protocol: udp', "is an address of this machine and a port"),
        ('listen: "syslog.example:514", protocol: udp', "is an address of this machine and a port"),
        ('listen: "0.0.0.0:514", protocol: dtls', "there is no protocol `dtls`, did you mean `tls`?"),
        ('listen: "0.0.0.0:514", protocol: udp, framing: newline', "`collect.framing` is for tcp and tls"),
        ('listen: "0.0.0.0:514", protocol: tcp, framing: lines', "`collect.framing` is one of"),
        ('listen: "0.0.0.0:514", protocol: tcp, key: /k.pem', "`collect.key` is for `protocol: tls` or relp"),
        ('listen: "0.0.0.0:514", protocol: tls', "`collect.certificate` is missing"),
        ('listen: "0.0.0.0:514", protocol: tls, certificate: c.pem', "the whole path of a PEM file"),
        ('listen: "0.0.0.0:514", protocol: relp, clients: /ca.pem', "`collect.clients` needs"),
        ('listen: "0.0.0.0:514", protocol: tcp, senders: [10.0.0.1/24]', "is no address and no network"),
        ('listen: "0.0.0.0:514", protocol: tcp, senders: []', "is a list of 1 to 1000"),
        ('listen: "0.0.0.0:514", protocol: tcp, programs: ["*a*b*"]', "at most two wildcards"),
        ('listen: "0.0.0.0:514", protocol: tcp, names: [web1]', "`collect.clients` is the file"),
        ('listen: "0.0.0.0:514", protocol: udp, buffer_bytes: 1', "is a whole number from"),
        ('listen: "0.0.0.0:514", protocol: relp, spool: true', "RELP needs no spool"),
        ('listen: "0.0.0.0:514", protocol: tcp, idle: never', "is a duration"),
        ('listen: "0.0.0.0:514", protocol: tcp, program: [sshd]', "did you mean `programs`?"),
    ],
)
def test_faults_say_what_to_write(tmp_path: Path, keys: str, told: str) -> None:
    assert any(told in fault for fault in faults_of(tmp_path, f"collect: {{transport: syslog, {keys}}}"))


def test_a_sound_feed(tmp_path: Path) -> None:
    collect = 'collect: {transport: syslog, listen: "[::]:6514", protocol: tcp, senders: [10.0.0.0/8, 2001:db8::1]}'
    feed = feed_of(tmp_path, collect)
    assert isinstance(feed.collect, Syslog)
    assert feed.collect.listening == Listening("::", 6514, "tcp")
    assert feed.collect.listening.address == "[::]:6514"


def test_a_datagram_is_a_message_whoever_crashes(opened: Opening) -> None:
    port = free_port(socket.SOCK_DGRAM)
    keeper = opened(port, "udp", line_limit=1024)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        for text in (b"<1>one\n", b"<2>two\r\n\0", b"\n", b"", b"12 <3>in\nner", b"z" * 2000):
            sender.send(text)
        wait_until(lambda: there(keeper) == 4)
        assert keeper.crash(0, REFUSED)
        assert keeper.lines == []
        assert keeper.crash(0, COMMITTED)
        assert keeper.poll() == []
        assert keeper.lines == [b"<1>one", b"<2>two", b"12 <3>in\nner"]
        ((place, data, reason),) = keeper.kept.rejects
        assert (place, data) == (3, b"z" * 2000)
        assert "longer than 1024" in reason
        assert "sent by 127.0.0.1" in reason
        keeper.restart(process=True)
        sender.send(b"<4>after")
        poll_until(keeper, lambda: keeper.lines[3:] == [b"<4>after"])
    assert keeper.kept.names == {(f"udp 127.0.0.1:{port} tested", number) for number in range(5)}


@ONLY_LINUX
def test_sent_is_stored_and_dropped_and_sent_while_down(opened: Opening) -> None:
    port = free_port(socket.SOCK_DGRAM)
    keeper = opened(port, "udp", ", buffer_bytes: 4096")
    sent = down = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for life in range(3):
            for number in range(3000):
                sender.sendto(b"<1>%d of %d" % (number, life), ("127.0.0.1", port))
                sent += 1
            if life == 1:
                keeper.poll()
            finish(keeper)
            keeper.poll()
            for number in range(100):
                sender.sendto(b"<1>down %d" % number, ("127.0.0.1", port))
                down += 1
            assert keeper.poll() == []
            keeper.restart(process=True)
    lost = keeper.kept.lost["kernel"]
    assert set(keeper.kept.lost) == {"kernel"}
    assert len(keeper.lines) + lost == sent
    assert lost > 0
    assert not any(line.startswith(b"<1>down") for line in keeper.lines)
    assert down == 300


@ONLY_LINUX
def test_what_the_kernel_drops_is_told(opened: Opening) -> None:
    port = free_port(socket.SOCK_DGRAM)
    keeper = opened(port, "udp", ", buffer_bytes: 4096")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(5000):
            sender.sendto(b"<1>x", ("127.0.0.1", port))
    poll_until(keeper, lambda: keeper.kept.lost["kernel"])
    assert "raise net.core.rmem_max" in keeper.problems[0]


@ONLY_LINUX
def test_datagrams_for_a_full_feed_are_counted_and_the_other_goes_on(opened: Opening) -> None:
    port = free_port(socket.SOCK_DGRAM)
    stuck = opened(port, "udp", ", programs: [stuck]", name="stuck")
    other = opened(port, "udp", name="other", beside=stuck)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        for _ in range(900):
            sender.send(b"<13>Nov 22 10:00:00 web1 stuck: " + b"x" * 60_000)
        sender.send(b"<13>Nov 22 10:00:00 web1 free: y")

        def counted() -> bool:
            sender.send(b"<13>Nov 22 10:00:00 web1 free: y")
            return bool(other.lines)

        poll_until(other, counted)
        poll_until(stuck, lambda: stuck.kept.lost["inbox"])
    dropped = stuck.kept.lost["inbox"] + other.kept.lost["kernel"]
    assert len(stuck.lines) + dropped >= 900
    assert 500 < len(stuck.lines) < 600
