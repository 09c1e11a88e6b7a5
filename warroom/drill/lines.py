"""One log line: what happened, and the bytes that the real program would write for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, Literal

from warroom.drill.steps.values import Shifted

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
    """A JSON object of a platform, fields named as in the platforms' vocabulary; the time comes first.

    ``style`` says under which name and how the time is written: `ts` in ISO 8601, as Kubernetes' audit log has it, or
    as Suricata's EVE has it.
    """

    fields: Mapping[str, Any]
    style: Literal["ts", "k8s_audit", "suricata_eve"] = "ts"

    def render(self, moment: datetime) -> str:
        """Give one line of JSON Lines; values that are moments of their own are told now."""
        fields = {name: _told(value, moment) for name, value in self.fields.items()}
        return json.dumps({**self._stamps(moment), **fields}, ensure_ascii=False, separators=(",", ":"))

    def _stamps(self, moment: datetime) -> dict[str, str]:
        if self.style == "k8s_audit":
            stamp = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            return {"requestReceivedTimestamp": stamp, "stageTimestamp": stamp}
        if self.style == "suricata_eve":
            return {"timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S.%f%z")}
        return {"ts": moment.isoformat(timespec="milliseconds")}


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


def _told(value: object, moment: datetime) -> object:
    """Give a value as JSON holds it: what says a time relative to the line's is asked for it."""
    if isinstance(value, dict):
        return {name: _told(one, moment) for name, one in value.items()}
    if isinstance(value, list):
        return [_told(one, moment) for one in value]
    return value.at(moment) if isinstance(value, Shifted) else value


def _escaped(text: str) -> str:
    r"""Escape as nginx does: quotes, backslashes and control bytes become ``\xHH``."""
    return "".join(
        f"\\x{ord(sign):02X}" if sign in '"\\' or ord(sign) < ord(" ") or sign == "\x7f" else sign for sign in text
    )
