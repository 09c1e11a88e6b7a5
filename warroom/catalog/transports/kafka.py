"""Kafka: which brokers and topics are read, from where on, and who we are there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from warroom.catalog.transports.secrets import SecretRef, has_secret_ref, read_secret_ref, secret_keys
from warroom.catalog.values import Values

KEYS: Final = (
    "brokers", "topics", "group", "start", "tls", "ca", "certificate", "key", "sasl", "user", *secret_keys("password"),
)  # fmt: skip

EARLIEST: Final = "earliest"
LATEST: Final = "latest"
#: What Kafka calls each way to say who we are.
MECHANISMS: Final = {"plain": "PLAIN", "scram-sha-256": "SCRAM-SHA-256", "scram-sha-512": "SCRAM-SHA-512"}

_BROKER: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9][A-Za-z0-9._-]{0,252}):([0-9]{1,5})")
_TOPIC: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")
_MOST_BROKERS: Final = 32
_MOST_TOPICS: Final = 100


@dataclass(frozen=True, slots=True)
class Kafka:
    """Where records are taken from.

    Args:
        brokers: host:port of some of the cluster's brokers.
        topics: names, and patterns, which begin with ^.
        group: what we call ourselves; only shown at the broker, where nothing is kept for it.
        start: where a topic not met before is begun: earliest, latest, or a time.
        tls: whether the connection is encrypted; ca, certificate, key are paths of PEM files, "" where there is none.
        mechanism: how we say who we are, as Kafka calls it; "" where we do not.
        user: our name there.
        password: where the password is.
    """

    brokers: tuple[str, ...]
    topics: tuple[str, ...]
    group: str
    start: str | datetime
    tls: bool
    ca: str
    certificate: str
    key: str
    mechanism: str
    user: str
    password: SecretRef | None


def read(values: Values, data_dir: Path) -> Kafka:  # noqa: ARG001  nothing of it stands in the state folder
    """Read ``collect`` of a feed from Kafka."""
    ca, certificate, key = (_pem(values, name) for name in ("ca", "certificate", "key"))
    tls = values.flag("collect", "tls", default=bool(ca or certificate))
    if (ca or certificate) and not tls:
        values.fault("`collect.ca` and `collect.certificate` go with `tls: true`", "collect")
    if bool(certificate) != bool(key):
        values.fault("`collect.certificate` and `collect.key` belong together: give both", "collect")
    sasl = values.value("collect", "sasl")
    mechanism = values.choice("collect", "sasl", known=MECHANISMS, what="way to sign in") if sasl is not None else ""
    user = values.text("collect", "user", default="")
    secret = has_secret_ref(values, "collect", name="password") or values.value("collect", "password") is not None
    if mechanism and not user:
        values.fault("`collect.user` is needed where `sasl` is: who are we at the broker?", "collect")
    if (user or secret) and not mechanism:
        values.fault(f"`collect.sasl` says how we sign in: {', '.join(MECHANISMS)}", "collect")
    if mechanism == "plain" and not tls:
        values.fault("`sasl: plain` sends the password as it is: write `tls: true`", "collect", "sasl")
    return Kafka(
        brokers=_brokers(values),
        topics=_topics(values),
        group=values.text("collect", "group", default="warroom"),
        start=_start(values),
        tls=tls,
        ca=ca,
        certificate=certificate,
        key=key,
        mechanism=MECHANISMS.get(mechanism, ""),
        user=user,
        password=read_secret_ref(values, "collect", name="password") if mechanism or secret else None,
    )


def _brokers(values: Values) -> tuple[str, ...]:
    found = values.value("collect", "brokers")
    if not isinstance(found, list) or not 0 < len(found) <= _MOST_BROKERS:
        values.fault('`collect.brokers` is a list such as ["kafka1.example.go.th:9093"]', "collect", "brokers")
        return ()
    for number, one in enumerate(found):
        match = _BROKER.fullmatch(one) if isinstance(one, str) else None
        if match is None or not 0 < int(match[1]) < 1 << 16:
            values.fault("a broker is host:port, such as kafka1.example.go.th:9093", "collect", "brokers", number)
    return tuple(str(one) for one in found)


def _topics(values: Values) -> tuple[str, ...]:
    found = values.value("collect", "topics")
    if not isinstance(found, list) or not 0 < len(found) <= _MOST_TOPICS:
        values.fault('`collect.topics` is a list of names or patterns, such as [waf, "^app-.*"]', "collect", "topics")
        return ()
    for number, one in enumerate(found):
        if not isinstance(one, str) or not (one.startswith("^") or _TOPIC.fullmatch(one)):
            reason = "a topic is a name of letters, digits, `.`, `_` and `-`, or a pattern that begins with ^"
            values.fault(reason, "collect", "topics", number)
        elif one.startswith("^"):
            try:
                re.compile(one)
            except re.error as problem:
                values.fault(f"`{one}` is no regular expression: {problem}", "collect", "topics", number)
    return tuple(str(one) for one in found)


def _start(values: Values) -> str | datetime:
    found = values.value("collect", "start")
    if found is None:
        return EARLIEST
    if found in (EARLIEST, LATEST):
        return str(found)
    try:
        time = found if isinstance(found, datetime) else datetime.fromisoformat(str(found))
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        reason = "`collect.start` is earliest, latest, or a time with its zone such as 2026-11-01T00:00:00+07:00"
        values.fault(reason, "collect", "start")
        return EARLIEST
    return time


def _pem(values: Values, name: str) -> str:
    path = values.text("collect", name, default="")
    if path and (not Path(path).is_absolute() or ".." in Path(path).parts or "\0" in path):
        values.fault(f"`collect.{name}` is the whole path of a PEM file", "collect", name)
    return path
