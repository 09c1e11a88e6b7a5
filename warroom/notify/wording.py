"""A message in words: a subject and a body of plain text, in the channel's language, all of it inert."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from warroom.catalog import load_platforms
from warroom.catalog.legal import load_clocks
from warroom.catalog.messages import LANGUAGES, load_messages
from warroom.model import Severity
from warroom.notify.feed_words import feed_values, intel_feed_values
from warroom.notify.inert import inert
from warroom.store.database import from_us

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.store.incidents import Incident
    from warroom.store.outbox import Message

#: Messages that one that stands for many names.
_NAMED: Final = 8
_BANGKOK: Final = timedelta(hours=7)
_BUDDHIST_ERA: Final = 543


@dataclass(frozen=True, slots=True)
class Written:
    """What is sent."""

    subject: str
    body: str


def about(incident: Incident, **further: str | int) -> dict[str, str | int | list[str]]:
    """Give what a message about an incident is filled with; texts as they are, to be made inert when it is written."""
    return {
        "number": incident.id,
        "title": incident.title,
        "title_th": incident.title_th,
        "platform": incident.platform_id,
        "opened_at": incident.opened_at,
        "drill": int(incident.drill),
        **further,
    }


def write(message: Message, language: str, *, link: str = "") -> Written:
    """Write a message.

    Args:
        message: what it tells.
        language: of the channel; Thai for one that we do not speak.
        link: the war room's own address, such as ``https://warroom.example``; empty: no link.
    """
    texts = _Texts(language if language in LANGUAGES else LANGUAGES[0])
    told = message.told
    values = _values(texts, message.severity, told)
    if message.kind == "digest":
        items = told.get("items", [])
        lines = [texts("kinds.digest.line", **_values(texts, Severity(one["severity"]), one)) for one in items]
        if (rest := int(told["count"]) - len(items)) > 0:
            lines.append(texts("kinds.digest.more", count=rest))
        values |= {"count": str(int(told["count"])), "lines": "\n".join(lines)}
    elif message.kind == "feeds":
        values |= feed_values(texts, told, texts.language)
    elif message.kind == "intel_feeds":
        values |= intel_feed_values(texts, told, texts.language)
    body = texts(f"kinds.{message.kind}.body", **values)
    if link and message.incident_id is not None:
        body += "\n" + texts("where", link=f"{link}/?incident={message.incident_id}")
    return Written(texts(f"kinds.{message.kind}.subject", **values), body)


def digest_of(messages: Sequence[Message]) -> dict[str, Any]:
    """Give what one message that stands for many is filled with: the worst by name, the others by number."""
    items: list[dict[str, Any]] = []
    count = 0
    for one in messages:
        if one.kind == "digest":  # it was not taken, and waits with others by now
            items += one.told["items"]
            count += int(one.told["count"])
        else:
            named = {name: str(one.told.get(name, "")) for name in ("title", "title_th")}
            items.append({"severity": one.severity.value, "number": one.incident_id or 0, **named})
            count += 1
    drill = all(one.told.get("drill") for one in messages)
    return {"count": count, "drill": int(drill), "items": items[:_NAMED]}


class _Texts:
    """The texts of one language, filled in."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = load_messages()

    def __call__(self, key: str, **values: str | int) -> str:
        return self._texts[key][self.language].format(**values)


def _values(texts: _Texts, severity: Severity, told: Mapping[str, Any]) -> dict[str, str]:
    """Give what fills the places; every text that is not ours is inert."""
    thai = texts.language == "th"
    title = (told.get("title_th") if thai else "") or told.get("title") or ""
    platform = load_platforms().get(str(told.get("platform")))
    named = told.get("platform", "") if platform is None else platform.name_th if thai else platform.name_en
    return {
        "drill": texts("drill") if told.get("drill") else "",
        "severity": texts(f"severity.{severity}"),
        "number": str(int(told.get("number") or 0)),
        "title": inert(str(title)),
        "platform": inert(str(named)),
        "opened": _moment(int(told.get("opened_at") or 0), thai=thai),
        "tier": str(int(told.get("tier") or 0)),
        "step": str(int(told.get("step") or 0)),
        "names": inert(str(told.get("names") or "")) or "—",
        "name": inert(str(told.get("name") or "")),
        "actor": inert(str(told.get("actor") or "")),
        "clock": inert(_clock(str(told.get("clock") or ""), thai=thai)),
        "agency": inert(str(told.get("agency") or "")) or "—",
        "due": _moment(int(told.get("due_at") or 0), thai=thai),
    }


def _clock(clock_id: str, *, thai: bool) -> str:
    clock = load_clocks().get(clock_id)
    if clock is None:
        return clock_id
    return clock.th if thai else clock.en


def _moment(at_us: int, *, thai: bool) -> str:
    at = from_us(at_us) + _BANGKOK
    year = at.year + _BUDDHIST_ERA if thai else at.year
    return f"{at.day:02}/{at.month:02}/{year} {at:%H.%M} น." if thai else f"{year}-{at:%m-%d %H:%M} (Bangkok)"
