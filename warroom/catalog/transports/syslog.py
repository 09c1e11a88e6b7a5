"""Syslog: where it is listened for, and which of the messages that come there are the feed's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Final

from warroom.catalog.values import Values

KEYS: Final = (
    "listen",
    "protocol",
    "framing",
    "certificate",
    "key",
    "clients",
    "senders",
    "names",
    "hosts",
    "programs",
    "idle",
    "buffer_bytes",
    "spool",
)
PROTOCOLS: Final = ("udp", "tcp", "tls", "relp")
FRAMINGS: Final = ("auto", "octet_counting", "newline")

_LISTEN: Final = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>[0-9.]+)):(?P<port>[0-9]{1,5})")
#: With more wildcards, matching what an attacker writes would take too long.
_PATTERN: Final = re.compile(r"(?=[!-~]{1,255}\Z)[^*]*(?:\*+[^*]*){0,2}")
_MOST: Final = 1000
_LAST_PORT: Final = 65535
_BUFFER: Final = 32 << 20
_LEAST_BUFFER, _MOST_BUFFER = 2048, 1 << 30

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Mine:
    """Which messages at an address are a feed's: all that is said holds; of a list, one entry. Nothing said: the rest.

    Args:
        senders: networks that the sender's address is in.
        names: of the client certificate; `*` is any part of a label, `**` any labels.
        hosts: in the message's header; `*` is any text.
        programs: likewise.
    """

    senders: tuple[Network, ...] = ()
    names: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    @property
    def rest(self) -> bool:
        """Whether the feed takes what no other does."""
        return self == Mine()


@dataclass(frozen=True, slots=True)
class Listening:
    """How an address is listened at; feeds that share it say the same.

    ``certificate``, ``key`` and ``clients`` are paths of PEM files: the server's certificate with what leads to its
    authority, its key, and the authorities whose client certificates are asked for. ``idle_seconds`` is after how long
    without a message a connection is closed; ``buffer_bytes`` is the room that the kernel is asked for (UDP).
    """

    host: str
    port: int
    protocol: str
    framing: str = "auto"
    certificate: str | None = None
    key: str | None = None
    clients: str | None = None
    idle_seconds: float = 3600.0
    buffer_bytes: int = _BUFFER

    @property
    def address(self) -> str:
        """The address as it is written."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Syslog:
    """Where a feed's messages come, and which of them are the feed's.

    ``spool`` is the folder in which they are made durable before they are taken; None: they are not.
    """

    listening: Listening
    mine: Mine = Mine()
    spool: str | None = None


def read(values: Values, data_dir: Path) -> Syslog:
    """Read ``collect`` of a feed of syslog messages."""
    protocol = values.choice("collect", "protocol", known=PROTOCOLS, what="protocol")
    host, port = _listen(values)
    framing = values.text("collect", "framing", default="auto")
    if framing not in FRAMINGS:
        values.fault(f"`collect.framing` is one of {', '.join(FRAMINGS)}", "collect", "framing")
    elif framing != "auto" and protocol in ("udp", "relp"):
        values.fault(f"`collect.framing` is for tcp and tls: {protocol} has its own", "collect", "framing")
    certificate, key, clients = (_file(values, name) for name in ("certificate", "key", "clients"))
    _check_tls(values, protocol, certificate, key, clients)
    if protocol == "relp" and values.value("collect", "spool"):
        values.fault("RELP needs no spool: the sender keeps what is not acknowledged", "collect", "spool")
    names = _patterns(values, "names")
    if names and clients is None:
        reason = "`collect.names` are of client certificates: `collect.clients` is the file of the authorities for them"
        values.fault(reason, "collect", "names")
    return Syslog(
        Listening(
            host,
            port,
            protocol,
            framing,
            certificate,
            key,
            clients,
            values.seconds("collect", "idle", default="1h", least=1),
            _buffer(values, protocol),
        ),
        Mine(_senders(values), names, _patterns(values, "hosts"), _patterns(values, "programs")),
        str(data_dir / "spool" / values.file.stem) if values.flag("collect", "spool", default=False) else None,
    )


def _listen(values: Values) -> tuple[str, int]:
    told = values.text("collect", "listen")
    if not told:
        return "", 0
    found = _LISTEN.fullmatch(told)
    try:
        host = str(ip_address(found["six"] or found["four"])) if found else ""
    except ValueError:
        host = ""
    port = int(found["port"]) if found else 0
    if not host or not 0 < port <= _LAST_PORT:
        reason = f'`collect.listen` is an address of this machine and a port, such as "0.0.0.0:6514", not `{told}`'
        values.fault(reason, "collect", "listen")
    return host, port


def _file(values: Values, name: str) -> str | None:
    told = values.text("collect", name, default="")
    if told and (not Path(told).is_absolute() or "\0" in told):
        values.fault(f"`collect.{name}` is the whole path of a PEM file", "collect", name)
    return told or None


def _check_tls(values: Values, protocol: str, certificate: str | None, key: str | None, clients: str | None) -> None:
    if protocol in ("udp", "tcp"):
        for name, told in (("certificate", certificate), ("key", key), ("clients", clients)):
            if told is not None:
                values.fault(f"`collect.{name}` is for `protocol: tls` or relp", "collect", name)
    elif protocol == "tls" and certificate is None:
        values.fault("`collect.certificate` is missing: the PEM file of this server's certificate", "collect")
    if protocol not in ("udp", "tcp") and (certificate is None) != (key is None):
        values.fault("`collect.certificate` and `collect.key` go together, each a PEM file", "collect")
    if protocol == "relp" and clients is not None and certificate is None:
        values.fault("`collect.clients` needs `collect.certificate` and `collect.key`", "collect", "clients")


def _senders(values: Values) -> tuple[Network, ...]:
    networks: list[Network] = []
    for number, entry in enumerate(_entries(values, "senders")):
        try:
            networks.append(ip_network(str(entry)))
        except ValueError:
            reason = f"`{entry}` is no address and no network such as 10.1.2.0/24"
            values.fault(reason, "collect", "senders", number)
    return tuple(networks)


def _patterns(values: Values, name: str) -> tuple[str, ...]:
    patterns: list[str] = []
    for number, entry in enumerate(_entries(values, name)):
        if isinstance(entry, str) and _PATTERN.fullmatch(entry):
            patterns.append(entry)
        else:
            values.fault(
                f"an entry of `collect.{name}` is a name without blanks, with at most two wildcards",
                "collect",
                name,
                number,
            )
    return tuple(patterns)


def _entries(values: Values, name: str) -> list[object]:
    found = values.value("collect", name)
    if found is None:
        return []
    if not isinstance(found, list) or not 0 < len(found) <= _MOST:
        values.fault(f"`collect.{name}` is a list of 1 to {_MOST}; leave it out to take the rest", "collect", name)
        return []
    return found


def _buffer(values: Values, protocol: str) -> int:
    found = values.value("collect", "buffer_bytes")
    if found is None:
        return _BUFFER
    if protocol != "udp":
        values.fault("`collect.buffer_bytes` is for udp", "collect", "buffer_bytes")
    elif not isinstance(found, int) or isinstance(found, bool) or not _LEAST_BUFFER <= found <= _MOST_BUFFER:
        reason = f"`collect.buffer_bytes` is a whole number from {_LEAST_BUFFER} to {_MOST_BUFFER}"
        values.fault(reason, "collect", "buffer_bytes")
    else:
        return found
    return _BUFFER
