"""What sshd, PAM, sudo, su and the account tools say."""

# ruff: noqa: E501 - log lines are as long as they are

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from parse.reading import event

HEAD = b"Feb  9 21:19:40 host "


@pytest.mark.parametrize(
    ("line", "action", "outcome", "user", "address", "port"),
    [
        ("sshd[1]: Accepted publickey for anna from 192.0.2.1 port 22 ssh2: RSA SHA256:x", "ssh_login", "success", "anna", "192.0.2.1", 22),
        ("sshd[1]: Failed password for invalid user admin from 2001:db8::1 port 5 ssh2", "ssh_login", "failure", "admin", "2001:db8::1", 5),
        ("sshd[1]: Invalid user  from 192.0.2.1 port 40", "ssh_login", "failure", None, "192.0.2.1", 40),
        ("sshd-session[1]: Invalid user a b from 192.0.2.1", "ssh_login", "failure", "a b", "192.0.2.1", None),
        ("sshd[1]: message repeated 2 times: [ Failed password for root from 192.0.2.1 port 6 ssh2]", "ssh_login", "failure", "root", "192.0.2.1", 6),
        ("sshd[1]: Connection closed by authenticating user root 192.0.2.1 port 7 [preauth]", "ssh_disconnect", "failure", "root", "192.0.2.1", 7),
        ("sshd[1]: Disconnected from invalid user ftp 192.0.2.1 port 8 [preauth]", "ssh_disconnect", "failure", "ftp", "192.0.2.1", 8),
        ("sshd[1]: Disconnected from user anna 192.0.2.1 port 9", "ssh_disconnect", None, "anna", "192.0.2.1", 9),
        ("sshd[1]: Received disconnect from 192.0.2.1 port 9:11: bye", "ssh_disconnect", None, None, "192.0.2.1", 9),
        ("sshd[1]: Did not receive identification string from 192.0.2.1", "ssh_connect", "failure", None, "192.0.2.1", None),
        ("sshd[1]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root", "pam_login", "failure", "root", "192.0.2.1", None),
        ("su: FAILED SU (to root) bob on pts/0", "su", "failure", "bob", None, None),
        ("useradd[2]: new user: name=svc, UID=5, GID=5, home=/h, shell=/bin/sh", "user_added", "success", "svc", None, None),
        ("CRON[3]: (root) CMD (touch /x)", "cron_command", None, "root", None, None),
    ],
)  # fmt: skip
def test_messages(
    line: str, action: str, outcome: str | None, user: str | None, address: str | None, port: int | None
) -> None:
    found = event("syslog", HEAD + line.encode())
    names = ("event_action", "event_outcome", "user_name", "source_ip", "source_port")
    assert tuple(found.get(name) for name in names) == (action, outcome, user, address, port)


def test_a_user_name_cannot_pass_for_another_address() -> None:
    found = event(
        "syslog",
        HEAD
        + b"sshd[1]: Failed password for invalid user root from 198.51.100.1 port 1 ssh2 from 192.0.2.9 port 7 ssh2",
    )
    assert (found["source_ip"], found["source_port"]) == ("192.0.2.9", 7)


def test_sudo_gives_command_and_outcome() -> None:
    good = event("syslog", HEAD + b"sudo:  anna : TTY=pts/0 ; PWD=/home ; USER=root ; COMMAND=/bin/sh -c a; b")
    assert (good["user_name"], good["process_command_line"]) == ("anna", "/bin/sh -c a; b")
    assert (good["event_outcome"], good["fields"]["target"]) == ("success", "root")
    bad = event("syslog", HEAD + b"sudo: eve : user NOT in sudoers ; TTY=x ; PWD=/ ; USER=root ; COMMAND=/bin/ls")
    assert (bad["event_outcome"], bad["event_reason"]) == ("failure", "user NOT in sudoers")


def test_a_hostile_message_costs_no_time() -> None:
    message = b"sshd[1]: error: PAM: " + b"for user from " * 60_000
    assert event("syslog", HEAD + message)["process_name"] == "sshd"
    assert event("syslog", HEAD + b"sshd[1]: error: PAM: " + b"for user from " * 130)["process_name"] == "sshd"


def test_the_year_is_the_last_that_is_not_ahead() -> None:
    assert event("syslog", b"Dec 31 23:00:00 h sshd[1]: x")["ts"] == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert event("syslog", b"Feb 29 01:00:00 h sshd[1]: x")["ts"] == datetime(2024, 2, 29, 1, tzinfo=UTC)
    bangkok = event("syslog", b"Nov 22 13:59:59 h sshd[1]: x", timezone="Asia/Bangkok")
    assert bangkok["ts"] == datetime(2026, 11, 22, 6, 59, 59, tzinfo=UTC)
