"""What an incident is sure of, in the words of the forms: one function for each fact, none of them guesses."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from warroom.catalog.answers import MOST_ENTRIES, MOST_TEXT, UNKNOWN, Answer
from warroom.catalog.platforms import Platform
from warroom.catalog.thai import long_moment
from warroom.model import Status
from warroom.store.views.case_rows import AssessmentRow, ControllerRow, SendingRow
from warroom.store.views.casefile import CaseFile

#: Critical platforms are what an agency is there for.
_CORE: Final = frozenset({"critical", "high"})
#: What symptoms of form Kor-2 a technique of ATT&CK is sure to be.
_SYMPTOMS: Final = {
    "T1498": "sym17",
    "T1499": "sym17",
    "T1595": "sym11",
    "T1590": "sym11",
    "T1136": "sym03",
    "T1566": "sym04",
    "T1491": "sym20",
    "T1548": "sym07",
    "T1068": "sym07",
}
_ALERTED: Final = "sym10"
_SITUATIONS: Final = {
    Status.NEW: "just_found",
    Status.ACKNOWLEDGED: "just_found",
    Status.INVESTIGATING: "investigating",
    Status.CONTAINED: "contained",
    Status.RECOVERED: "contained",
    Status.CLOSED: "contained",
}
_REPORTED_AT_ONCE: Final = frozenset("2345678")
#: What people entered as having happened, with its time.
_ENTERED: Final = "entered"
#: Clocks that evidence of sending answers.
K1, K2, OFFICE, OFFICE_LATE, SUBJECTS, PROCESSOR, REGULATOR = (
    *("NCSA_K1", "NCSA_K2_24H", "PDPC_72H", "PDPC_15D", "SUBJECT_NOTICE", "PROCESSOR_72H", "REGULATOR"),
)
_FIFTEEN_DAYS: Final = 15 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class Known:
    """What facts are taken from: the case, whose form it is, its platform; language and time of the report."""

    case: CaseFile
    controller: ControllerRow | None
    platform: Platform | None
    language: str
    now: int


def of_controller(name: str) -> Callable[[Known], Answer | None]:
    """Give what a controller's row says."""
    return lambda known: getattr(known.controller, name, None)


def recorded(*names: str) -> Callable[[Known], Answer | None]:
    """Give the first of some moments that somebody recorded."""

    def told(known: Known) -> int | None:
        own = None if known.controller is None else known.controller.id
        found = [one for name in names if (one := known.case.moment(name, own)) is not None]
        return found[0] if found else None

    return told


def informed_at(known: Known) -> int:
    """Give the safe default: the earlier of what was recorded and of when the first alert opened the incident."""
    own = None if known.controller is None else known.controller.id
    recorded = known.case.moment("informed_at", own)
    opened = known.case.moment("detected_at", own) or known.case.incident.opened_at
    return opened if recorded is None else min(recorded, opened)


def aware_at(known: Known) -> int:
    """Give when the controller became aware: as recorded, else the first information."""
    told = recorded("aware_at")(known)
    return told if isinstance(told, int) else informed_at(known)


def aware_basis(known: Known) -> str | None:
    """Give why that moment counts, as whoever recorded it said."""
    own = None if known.controller is None else known.controller.id
    told = [one for one in known.case.moments if one.name == "aware_at" and one.controller_id in (None, own)]
    return told[-1].reason if told else None


def sent_at(clock: str) -> Callable[[Known], Answer | None]:
    """Give when something was first sent."""

    def told(known: Known) -> int | None:
        found = sendings(known, clock)
        return found[0].sent_at if found else None

    return told


def sendings(known: Known, *clocks: str) -> list[SendingRow]:
    """Give the evidence of what was sent for some clocks."""
    return [
        one
        for one in known.case.sendings
        if one.clock in clocks and (known.controller is None or one.controller_id == known.controller.id)
    ]


def sent_words(*clocks: str) -> Callable[[Known], Answer | None]:
    """Say what was sent when, to whom, how, under which number."""

    def told(known: Known) -> str:
        return "\n".join(
            " ".join(
                filter(None, (long_moment(one.sent_at, known.language), one.recipient, one.channel, one.reference))
            )
            for one in sendings(known, *clocks)
        )

    return told


def affected_agency(known: Known) -> str | None:
    """Give the area of service and the agency."""
    if known.controller is None:
        return None
    mission = known.controller.mission
    return f"{mission} — {known.controller.agency}" if mission else known.controller.agency


def contact_lines(known: Known) -> str:
    """Give address, telephone and e-mail."""
    if known.controller is None:
        return ""
    parts = (known.controller.address, known.controller.contact_phone, known.controller.contact_email)
    return "\n".join(filter(None, parts))


def dpo_lines(known: Known) -> str:
    """Give the data protection officer's name, address and channel."""
    if known.controller is None:
        return ""
    parts = (known.controller.dpo_name, known.controller.dpo_address, known.controller.dpo_channel)
    return "\n".join(filter(None, parts))


def service(known: Known) -> str | None:
    """Give the platform's name."""
    if known.platform is None:
        return None
    return known.platform.name_th if known.language == "th" else known.platform.name_en


def core_mission(known: Known) -> bool | None:
    """Say that a critical platform is; of the others nothing is sure."""
    return True if known.platform is not None and known.platform.criticality in _CORE else None


def threat_level(known: Known) -> str:
    """Give the level that was decided, or that none can be told yet."""
    return known.case.classified.level if known.case.classified else "undetermined"


def categories(known: Known) -> list[str]:
    """Give the categories that were decided, of those that are reported at once."""
    told = known.case.classified.categories if known.case.classified else ()
    return [str(one) for one in told if str(one) in _REPORTED_AT_ONCE]


def regulator(known: Known) -> Answer:
    """Say whether the regulator was told, and when."""
    at = sent_at(REGULATOR)(known)
    return {"choice": "not_yet"} if at is None else {"choice": "notified", "at": at}


def situation(known: Known) -> list[str]:
    """Give the situation that the incident's status stands for."""
    told = _SITUATIONS[known.case.incident.status]
    waiting = any(one.state == "asked" for one in known.case.containments)
    return [told, "containing"] if waiting and told == "investigating" else [told]


def detected_by(known: Known) -> str:
    """Give the names of the rules that found it."""
    thai = known.language == "th"
    names = [(one.title_th if thai else "") or one.title for one in known.case.rules[:10]]
    return "\n".join(names)


def symptoms(known: Known) -> list[str]:
    """Give the symptoms that are sure by technique."""
    sure = {_SYMPTOMS[one.partition(".")[0]] for one in known.case.techniques if one.partition(".")[0] in _SYMPTOMS}
    return sorted(sure | ({_ALERTED} if known.case.alert_count else set()))


def timeline(known: Known) -> list[Answer]:
    """Give what was first found by each rule and what people entered, in the order of time."""
    thai = known.language == "th"
    told = [(one.first_at, (one.title_th if thai else "") or one.title) for one in known.case.rules]
    told += [
        (int(str(one.body.get("occurred_at") or one.at)), str(one.body.get("text", "")))
        for one in known.case.log
        if one.action == _ENTERED
    ]
    return [{"at": at, "text": text[:MOST_TEXT]} for at, text in sorted(told)[-MOST_ENTRIES:] if text.strip()]


def contained(known: Known) -> str:
    """Give the containments that were done."""
    return "\n".join(f"{one.target}: {one.reason}" for one in known.case.containments if one.state == "done")


def judged(known: Known) -> list[AssessmentRow]:
    """Give the assessments of risk to people, oldest first."""
    return [
        one
        for one in known.case.assessments
        if one.kind == "breach_risk" and (known.controller is None or one.controller_id == known.controller.id)
    ]


def assessed(*path: str) -> Callable[[Known], Answer | None]:
    """Give an answer out of the newest assessment of the breach's risk to people."""

    def told(known: Known) -> Answer | None:
        found: Answer = json.loads(judged(known)[-1].body) if judged(known) else None
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        if isinstance(found, Mapping) and "how" in found:  # a quantity
            return UNKNOWN if found["how"] == UNKNOWN else found.get("count")
        return {name: value for name, value in found.items() if value != ""} if isinstance(found, Mapping) else found

    return told


def risk_level(known: Known) -> str | None:
    """Give the risk as it was decided."""
    own = judged(known)
    return own[-1].decision if own else None


def report_time(known: Known) -> int:
    """Give the time of the report."""
    return known.now


def case_number(known: Known) -> str:
    """Give the incident's number."""
    return str(known.case.incident.id)


def continuity(known: Known) -> str:
    """Say whether something was reported before."""
    return "followup" if sendings(known, K1, K2) else "new"


def within_limit(known: Known) -> bool | None:
    """Say whether the Office was told within fifteen days of awareness (clause 7)."""
    sent = sent_at(OFFICE)(known) or sent_at(OFFICE_LATE)(known)
    return None if not isinstance(sent, int) else sent - aware_at(known) <= _FIFTEEN_DAYS
