"""What an entry of an incident's log says, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.catalog.assessment import load_assessment
from warroom.catalog.legal import load_clocks
from warroom.catalog.ncsa import load_ncsa
from warroom.console import snapshot
from warroom.console.masking import masked
from warroom.console.times import date_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.console.texts import Words
    from warroom.store.views import LogEntry

#: What a value of an entry's body stands for: the section of the texts that has it.
_SPOKEN: Final = {
    "before": "status",
    "after": "status",
    "disposition": "disposition",
    "channel": "channel",
    "measure": "measure",
}
_PLAIN: Final = ("number", "to", "tag", "other", "file", "of", "target", "reason", "categories", "incident", "events")
_LONGEST_TIME: Final = 18


def actor_name(actor: str, words: Words) -> str:
    """Give the name of who did something; the worker is "the system"."""
    return words("log.worker") if actor == "worker" else actor


def deed(row: LogEntry, words: Words, fit: Callable[[str], str] = masked) -> str:
    """Say what was done; ``fit`` makes what people wrote fit for who sees it."""
    body = row.body
    kind = str(body.get("kind", ""))
    if row.action == "entered":
        return words.either(f"entry.{kind}", kind)
    values = {
        name: words.either(f"{section}.{body.get(name)}", str(body.get(name))) for name, section in _SPOKEN.items()
    }
    values |= {name: fit(str(body.get(name, ""))) for name in _PLAIN}
    values |= {
        "of": fit(agency_name(str(body.get("of", "")), words)),
        "link": words.either(f"link.{kind}", kind),
        "linked": words.either(f"linked.{kind}", kind),
        "entry": words.either(f"entry.{kind}", kind),
        "level": level_name(str(body.get("level", "")), words),
        "moment": moment_of(body.get("moment"), words),
        "clock": clock_names(str(body.get("target", "")), words),
        "decision": decision_name(row.action, str(body.get("decision", "")), words),
        "item": fit(str(body.get(f"item_{words.language}", ""))),
        "answer": fit(str(body.get(f"answer_{words.language}", ""))),
    }
    return words.either(f"log.{row.action}", row.action, **values)


def agency_name(told: str, words: Words) -> str:
    """Give the name of an agency that runs a platform in the person's language, where both are known."""
    for one in snapshot.platforms().values():
        if told and told in (one.operator_th, one.operator_en):
            return (one.operator_th if words.language == "th" else one.operator_en) or told
    return told


def level_name(code: str, words: Words) -> str:
    """Give a threat level's name."""
    level = load_ncsa().levels.get(code)
    if level is None:
        return code
    return level.th if words.language == "th" else level.en


def clock_names(told: str, words: Words) -> str:
    """Give the names of legal clocks that an entry tells by their ids."""
    known = load_clocks()
    names = [(one, known.get(one)) for one in told.split(", ")]
    return ", ".join(one if clock is None else clock.th if words.language == "th" else clock.en for one, clock in names)


def decision_name(action: str, code: str, words: Words) -> str:
    """Give the name of a decision about risk to people, or of a severity after ENISA."""
    known = load_assessment()
    levels = {one.code: one for one in known.enisa.levels} if action == "severity_assessed" else known.risk_levels
    named = levels.get(code)
    return code if named is None else named.th if words.language == "th" else named.en


def moment_of(told: str | None, words: Words) -> str:
    """Give a moment that an entry tells, as people read it."""
    at = micros(told)
    return "—" if at is None else date_time(at, words.language)


def micros(told: str | None) -> int | None:
    """Give a moment that an entry tells, in microseconds; None where it tells none."""
    return int(told) if told is not None and told.isdecimal() and len(told) <= _LONGEST_TIME else None
