"""One log line: what happened, and the bytes that the real program would write for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from warroom.model import Entity

# Spelled out: strftime follows the machine's language, nginx and rsyslog do not.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Access:
    """A request as nginx logs it in the combined format; ``target`` is already percent-encoded."""

    address: str
    method: str
    target: str
    status: int
    size: int
    agent: str = "-"
    referrer: str = "-"
    user: str = "-"

    def render(self, moment: datetime) -> str:
        """Give the combined log format (nginx.org, ngx_http_log_module)."""
        stamp = f"{moment:%d}/{_MONTHS[moment.month - 1]}/{moment:%Y:%H:%M:%S %z}"
        return (
            f'{self.address} - {self.user} [{stamp}] "{_escaped(self.method)} {_escaped(self.target)} HTTP/1.1" '
            f'{self.status} {self.size} "{_escaped(self.referrer)}" "{_escaped(self.agent)}"'
        )


@dataclass(frozen=True, slots=True)
class Message:
    """A message as rsyslog writes it to auth.log: the traditional format, local time without a year."""

    host: str
    program: str
    pid: int
    text: str

    def render(self, moment: datetime) -> str:
        """Give the traditional file format (RFC 3164, section 5.4)."""
        stamp = f"{_MONTHS[moment.month - 1]} {moment.day:2d} {moment:%H:%M:%S}"
        return f"{stamp} {self.host} {self.program}[{self.pid}]: {self.text}"


@dataclass(frozen=True, slots=True)
class Record:
    """A JSON object of a government platform, fields named as in the platforms' vocabulary; ``ts`` comes first."""

    fields: Mapping[str, Any]

    def render(self, moment: datetime) -> str:
        """Give one line of JSON Lines with an ISO 8601 time stamp and its offset."""
        stamp = moment.isoformat(timespec="milliseconds")
        return json.dumps({"ts": stamp, **self.fields}, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Line:
    """A line at a second of the play; ``attack`` and ``entities`` are the truth that no log tells."""

    at: float
    log: str
    content: Access | Message | Record
    attack: str | None = None
    entities: tuple[Entity, ...] = ()

    def encode(self, moment: datetime) -> bytes:
        """Give the bytes as written, line end included; ``moment`` is aware, in the platform's zone."""
        return self.content.render(moment).encode() + b"\n"


def _escaped(text: str) -> str:
    r"""Escape as nginx does: quotes, backslashes and control bytes become ``\xHH``."""
    return "".join(
        f"\\x{ord(sign):02X}" if sign in '"\\' or ord(sign) < ord(" ") or sign == "\x7f" else sign for sign in text
    )
