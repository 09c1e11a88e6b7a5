"""Mail, DNS, FTP, NTP, Keycloak and sign-ins: what their lines say."""

# ruff: noqa: E501 - log lines are as long as they are

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from parse import crowdsec
from parse.reading import SAMPLES, event, read

from warroom.model import FIELDS
from warroom.parse import recognise

AT = b"Nov 22 06:00:00 mx1 "


def flat(found: dict[str, Any]) -> dict[str, Any]:
    return {**found[FIELDS], **found}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"postfix/smtpd[5]: connect from unknown[192.0.2.7]", {"event_action": "mail_connect", "source_ip": "192.0.2.7"}),
        (b"postfix/submission/smtpd[5]: warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: bad, sasl_username=a",
         {"event_action": "mail_login", "event_outcome": "failure", "user_name": "a", "source_ip": "192.0.2.7"}),
        (b"postfix/smtpd[5]: 4ABCDE12345: client=mail.example.com[2001:db8::1]:2525, sasl_method=PLAIN, sasl_username=a@b.th",
         {"event_action": "mail_accepted", "user_name": "a@b.th", "source_ip": "2001:db8::1", "queue_id": "4ABCDE12345"}),
        ((b"postfix/smtpd[5]: NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 554 5.7.1 <x@y>: Relay access denied; "
         b"from=<a@b> to=<x@y> proto=ESMTP helo=<h>"),
         {"event_action": "mail_refused", "event_outcome": "failure", "from": "a@b", "to": "x@y", "helo": "h",
          "event_reason": "554 5.7.1 <x@y>: Relay access denied"}),
        ((b"postfix/smtp[5]: 4ABCDE12345: to=<x@y>, relay=mx.y[192.0.2.9]:25, delay=1.2, delays=0.1/0/0.6/0.5, dsn=2.0.0, "
         b"status=sent (250 ok)"), {"event_action": "mail_delivery", "event_outcome": "success", "status": "sent"}),
        (b"dovecot: imap-login: Login: user=<a@b>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, mpid=7, TLS, session=<x>",
         {"event_action": "mail_login", "event_outcome": "success", "user_name": "a@b", "source_ip": "192.0.2.7",
          "destination_ip": "192.0.2.1"}),
        ((b"dovecot: pop3-login: Disconnected (auth failed, 2 attempts in 6 secs): user=<a>, method=PLAIN, rip=192.0.2.7, "
         b"lip=192.0.2.1, session=<x>"), {"event_action": "mail_login", "event_outcome": "failure", "user_name": "a"}),
        ((b"dovecot: imap-login: Disconnected: Connection closed (no auth attempts in 0 secs): user=<>, rip=192.0.2.7, "
         b"lip=192.0.2.1"), {"event_action": "mail_disconnect", "source_ip": "192.0.2.7"}),
        (b"dovecot: auth: passwd-file(a,192.0.2.7,<x>): unknown user",
         {"event_action": "mail_login", "event_outcome": "failure", "user_name": "a", "source_ip": "192.0.2.7"}),
        (b"named[5]: client @0x7f 192.0.2.7#5353 (www.tax.go.th): query: www.tax.go.th IN A +E(0)K (192.0.2.1)",
         {"event_action": "dns_query", "dns_question_name": "www.tax.go.th", "query_type": "A", "source_port": 5353,
          "destination_ip": "192.0.2.1"}),
        (b"dnsmasq[5]: query[AAAA] tax.go.th from 192.0.2.7",
         {"event_action": "dns_query", "dns_question_name": "tax.go.th", "source_ip": "192.0.2.7"}),
        (b"dnsmasq[5]: 12 192.0.2.7/40000 query[A] tax.go.th from 192.0.2.7", {"event_action": "dns_query"}),
        (b"dnsmasq[5]: forwarded tax.go.th to 192.0.2.53", {"event_action": "dns_forwarded", "destination_ip": "192.0.2.53"}),
        (b"dnsmasq-dhcp[5]: DHCPACK(eth0) 192.0.2.7 00:11:22:33:44:55 pc1",
         {"event_action": "dhcp_lease", "source_ip": "192.0.2.7", "mac": "00:11:22:33:44:55", "client_name": "pc1"}),
        (b"chronyd[5]: System clock wrong by -1.500000 seconds", {"event_action": "ntp_offset", "offset_ms": "-1500"}),
    ],
)  # fmt: skip
def test_programs_within_syslog(line: bytes, expected: dict[str, Any]) -> None:
    found = flat(event("syslog", AT + line))
    assert {name: found.get(name) for name in expected} == expected
    assert found["host_hostname"] == "mx1"


@pytest.mark.parametrize(
    ("log_format", "line", "time", "expected"),
    [
        ("bind", b"28-Sep-2021 09:22:18.536 queries: info: client 192.0.2.7#5353 (a.th): view int: query: a.th IN TXT -",
         "2021-09-28T09:22:18.536", {"event_action": "dns_query", "query_type": "TXT", "category": "queries"}),
        ("bind", (b"2021-09-28T09:22:18.536Z xfer-out: info: client @0x7f 192.0.2.7#53 (a.th): transfer of 'a.th/IN': "
         b"AXFR started (serial 5)"), "2021-09-28T09:22:18.536", {"event_action": "dns_transfer", "zone": "a.th"}),
        ("bind", b"28-Sep-2021 09:22:18.536 general: notice: running", "2021-09-28T09:22:18.536", {"message": "running"}),
        ("vsftpd", b'Tue Jul  5 05:35:22 2005 [pid 14556] [somchai] FAIL LOGIN: Client "192.0.2.7"', "2005-07-05T05:35:22",
         {"event_action": "ftp_login", "event_outcome": "failure", "user_name": "somchai", "source_ip": "192.0.2.7"}),
        ("vsftpd", b"Thu Mar  4 08:12:30 1999 1 192.0.2.7 100 /a b.txt b _ i r somchai ftp 0 * c", "1999-03-04T08:12:30",
         {"event_action": "ftp_upload", "file_path": "/a b.txt", "user_name": "somchai", "bytes": "100"}),
        ("ntp", (b"2017-08-22 13:22:36 203.0.113.15     2     -3.541      0.075 -8.621e-06 N            2  2.940e-03 -2.084e-04 "
         b" 1.534e-02  3.472e-04  8.304e-03"), "2017-08-22T13:22:36",
         {"server": "203.0.113.15", "stratum": "2", "offset_ms": "-0.008621", "jitter_ms": "2.94", "ntp_kind": "tracking"}),
        ("ntp", (b"2015-10-13 05:40:50 203.0.113.15    N  2 111 111 1111   6  6 1.00 -4.966e-03  2.296e-01  1.577e-05  1.615e-01  "
         b"7.446e-03 CB00717B 4B D K"), "2015-10-13T05:40:50", {"offset_ms": "-4.966", "stratum": "2", "ntp_kind": "measurement"}),
        ("ntp", b"50935 75440.031 0.000006019 13.778190 0.000351733 0.0133806 6", "1998-05-02T20:57:20.031",
         {"offset_ms": "0.006019", "jitter_ms": "0.351733", "ntp_kind": "loop"}),
        ("ntp", b"48773 10847.650 127.127.4.1 9714 -0.001605376 0.000000000 0.001424877 0.000958674",
         "1992-05-31T03:00:47.650", {"server": "127.127.4.1", "offset_ms": "-1.605376", "ntp_kind": "peer"}),
        ("keycloak", (b"2024-05-01 10:00:00,123 WARN  [org.keycloak.events] (executor-thread-12) type=LOGIN_ERROR, realmId=dopa, "
         b"clientId=portal, userId=null, ipAddress=192.0.2.7, error=user_not_found, auth_method=openid-connect, username=somchai"),
         "2024-05-01T10:00:00.123", {"event_action": "login", "event_outcome": "failure", "user_name": "somchai",
                                     "source_ip": "192.0.2.7", "event_reason": "user_not_found", "realmId": "dopa"}),
        ("keycloak", (b'2024-05-01 10:00:00,123 INFO  [org.keycloak.events] (e-1) type="LOGIN", realmId="dopa", clientId="a,b", '
         b'userId="77", ipAddress="192.0.2.7", username="somchai"'), "2024-05-01T10:00:00.123",
         {"event_action": "login", "event_outcome": "success", "clientId": "a,b", "user_id": "77"}),
        ("keycloak_json", (b'{"time":1714557600123,"type":"LOGIN_ERROR","realmId":"dopa","clientId":"portal","userId":null,'
         b'"ipAddress":"192.0.2.7","error":"invalid_user_credentials","details":{"username":"somchai"}}'),
         "2024-05-01T10:00:00.123", {"event_action": "login", "event_outcome": "failure", "user_name": "somchai"}),
        ("keycloak_json", (b'{"timestamp":"2024-05-01T10:00:00.123Z","loggerName":"org.keycloak.events","level":"WARN",'
         b'"message":"type=LOGIN_ERROR, realmId=dopa, ipAddress=192.0.2.7, error=x, username=somchai"}'),
         "2024-05-01T10:00:00.123", {"event_action": "login", "event_outcome": "failure", "source_ip": "192.0.2.7"}),
    ],
)  # fmt: skip
def test_lines_of_their_own(log_format: str, line: bytes, time: str, expected: dict[str, Any]) -> None:
    found = event(log_format, line)
    assert found["ts"] == datetime.fromisoformat(time).replace(tzinfo=UTC)
    found = flat(found)
    assert {name: found.get(name) for name in expected} == expected
    assert recognise(line + b"\n") == log_format


@pytest.mark.parametrize(
    ("log_format", "line", "reason"),
    [
        ("bind", b"hello", "neither a category"),
        ("bind", b"31-Feb-2021 09:22:18.536 queries: info: x", "no such time"),
        ("vsftpd", b"Tue Jul  5 05:35:22 2005 x", "no line of vsftpd"),
        ("ntp", b"===========", "head"),
        ("ntp", b"999999 99999.0 0.1 1 1 1 6", "no such time"),
        ("keycloak", b"2024-05-01 hello", "no Keycloak line"),
        ("keycloak_json", b'{"a":1}', "no object of Keycloak"),
    ],
)
def test_what_is_no_line_says_why(log_format: str, line: bytes, reason: str) -> None:
    (reject,) = read(log_format, line).rejects
    assert reason in reject.reason


def test_sign_ins_that_crowdsec_asserts() -> None:
    names = {
        "Parsed.pid": "process_pid", "Parsed.sshd_client_ip": "source_ip", "Meta.source_ip": "source_ip",
        "Parsed.sshd_client_port": "source_port", "Parsed.sshd_port": "source_port", "Meta.machine": "host_hostname",
        "Parsed.sshd_invalid_user": "user_name", "Parsed.sshd_auth_user": "user_name", "Meta.target_user": "user_name",
        "Meta.user": "user_name", "Parsed.username": "user_name", "Meta.username": "user_name", "Parsed.uid": "uid",
        "Parsed.euid": "euid", "Parsed.tty": "tty", "Parsed.ruser": "ruser", "Parsed.logname": "logname",
        "Parsed.pam_type": "pam_type", "Parsed.sshd_protocol": "protocol", "Parsed.sshd_trail": "signature",
    }  # fmt: skip
    left_out = {  # crowdsec's own labels, its cut of the line, and the time, which has no year there
        "Success.", "Parsed.message", "Parsed.program", "Parsed.logsource", "Parsed.timestamp", "Parsed.timestamp8601",
        "Meta.datasource_path", "Meta.datasource_type", "Meta.log_type", "Meta.service", "Whitelisted.",
    }  # fmt: skip
    compared = 0
    for case in ("sshd-logs", "sshd-success-logs", "pam-logs", "sshd-logs-fp", "syslog-logs"):
        folder = SAMPLES / "crowdsec" / case
        lines = crowdsec.log_lines(folder)
        assert len(read("syslog", *lines).events) == len(lines)
        for line, expected in crowdsec.expectations(folder, "s01-parse").items():
            found = flat(event("syslog", lines[line]))
            for name, value in expected.items():
                if name not in left_out and value != "":
                    assert str(found.get(names[name], "")).removeprefix("::ffff:") == str(value).removeprefix(": "), (
                        case,
                        line,
                        name,
                    )
                    compared += 1
    assert compared > 50


def test_vsftpd_as_plaso_has_it() -> None:
    lines = (SAMPLES / "plaso" / "vsftpd.log").read_bytes().splitlines()
    parsed = read("vsftpd", *lines)
    assert (len(parsed.events), parsed.rejects) == (25, [])
    found = flat(event("vsftpd", lines[3]))
    assert (found["ts"], found["user_name"], found["source_ip"]) == (
        datetime(2016, 6, 6, 18, 43, 59, tzinfo=UTC), "jean", "192.168.1.9",
    )  # fmt: skip
    assert (found["file_path"], found["bytes"]) == ("/home/jean/trains/Caitlinpromo2.png", "1884648")


def test_postgresql_as_plaso_has_it() -> None:
    lines = (SAMPLES / "plaso" / "postgresql.log").read_bytes().splitlines()
    found = flat(event("postgresql", lines[-1]))
    assert (found["ts"], found["process_pid"], found["user_name"], found["dbname"]) == (
        datetime(2022, 7, 15, 13, 4, 27, tzinfo=UTC), 203851, "user", "databasename",
    )  # fmt: skip
    found = event("postgresql", lines[15])
    assert (found["event_action"], found["event_outcome"], found["user_name"]) == ("db_login", "failure", "postgres")
