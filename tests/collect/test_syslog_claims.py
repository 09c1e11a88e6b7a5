from __future__ import annotations

from ipaddress import ip_network

import pytest

from warroom.catalog.transports.syslog import Mine
from warroom.collect.syslog_claims import Claims, sender

SSHD = b"<86>Nov 22 10:00:00 web1.example.go.th sshd[77]: Failed password"
RFC5424 = b"<165>1 2026-11-22T10:00:00.123Z db1 postgres 88 ID47 - text"
ISO = b"<13>2026-11-22T10:00:00.123+07:00 db2 kernel: text"
NGINX = b"<190>Nov  2 10:00:00 lb1 nginx: 203.0.113.9 - -"


def senders(*networks: str) -> Mine:
    return Mine(senders=tuple(map(ip_network, networks)))


@pytest.mark.parametrize(
    ("mine", "message", "taken"),
    [
        (Mine(programs=("sshd",)), SSHD, True),
        (Mine(programs=("ssh",)), SSHD, False),
        (Mine(programs=("ssh*",)), SSHD, True),
        (Mine(programs=("cron", "POSTGRES")), RFC5424, True),
        (Mine(programs=("nginx",)), NGINX, True),
        (Mine(hosts=("web*.go.th",)), SSHD, True),
        (Mine(hosts=("web1",)), SSHD, False),
        (Mine(hosts=("db1",)), RFC5424, True),
        (Mine(hosts=("db2",), programs=("kernel",)), ISO, True),
        (Mine(hosts=("db2",), programs=("sshd",)), ISO, False),
        (Mine(programs=("*",)), b"no header at all", True),
        (Mine(programs=("sshd",)), b"\xff\x00 no header", False),
        (Mine(), b"no header at all", True),
        (senders("192.0.2.0/24"), SSHD, True),
        (senders("192.0.3.0/24", "2001:db8::/32"), SSHD, False),
    ],
)
def test_a_message_is_taken_by_what_all_of_a_feed_says(mine: Mine, message: bytes, *, taken: bool) -> None:
    chosen = Claims({"feed": mine}).of(sender("192.0.2.7")).choose(message)
    assert chosen == ("feed" if taken else None)


def test_the_most_exact_claim_wins() -> None:
    claims = Claims(
        {
            "a_rest": Mine(),
            "b_wide": senders("192.0.2.0/24"),
            "c_narrow": senders("192.0.2.7"),
            "d_host": Mine(hosts=("web1*",)),
            "e_program": Mine(programs=("sshd",)),
        }
    )

    def chosen(address: str, message: bytes) -> str | None:
        return claims.of(sender(address)).choose(message)

    assert chosen("192.0.2.7", SSHD) == "e_program"
    assert chosen("192.0.2.7", SSHD.replace(b"sshd", b"cron")) == "d_host"
    assert chosen("192.0.2.7", RFC5424) == "c_narrow"
    assert chosen("192.0.2.8", RFC5424) == "b_wide"
    assert chosen("::ffff:192.0.2.8", RFC5424) == "b_wide"
    assert chosen("198.51.100.1", RFC5424) == "a_rest"


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("web1.example.go.th", "WEB1.example.go.th", True),
        ("*.example.go.th", "web1.example.go.th", True),
        ("*.example.go.th", "a.web1.example.go.th", False),
        ("**.example.go.th", "a.web1.example.go.th", True),
        ("web*.example.go.th", "web17.example.go.th", True),
        ("*.example.go.th", "example.go.th", False),
        ("web1.example.go.th", "web1xexample.go.th", False),
        ("web*", "web1.example.go.th", False),
    ],
)
def test_names_of_certificates(pattern: str, name: str, *, fits: bool) -> None:
    claims = Claims({"feed": Mine(names=(pattern,))})
    assert bool(claims.of(sender("192.0.2.7", ["other", name]))) is fits
    assert not claims.of(sender("192.0.2.7"))


def test_feeds_that_take_the_same_are_told() -> None:
    claims = Claims(
        {
            "a": Mine(programs=("sshd", "cron")),
            "b": Mine(programs=("cron",)),
            "c": Mine(programs=("cron",), hosts=("web1",)),
            "d": Mine(),
            "e": Mine(),
        }
    )
    assert claims.conflicts("a") == ["feeds a and b both take programs cron here: a gets it; let them differ"]
    assert claims.conflicts("c") == []
    assert claims.conflicts("e") == ["feeds d and e both take all that is nobody's here: d gets it; let them differ"]
    assert claims.of(sender("192.0.2.7")).choose(NGINX) == "d"
