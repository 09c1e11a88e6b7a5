"""What a form can be filled with from what an incident knows already; each answer says where it is from.

Pure: a proposal that people look through. What is not sure is left open: a wrong answer in a form of the law is worse
than none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from warroom.catalog.answers import MOST_TEXT, Answer, AnswerError, check
from warroom.catalog.forms import Form, FormField
from warroom.catalog.platforms import load_platforms
from warroom.catalog.thai import BUDDHIST_ERA, spelled
from warroom.report import known_facts as facts
from warroom.store.views.annual import Kor3Counts
from warroom.store.views.casefile import CaseFile


@dataclass(frozen=True, slots=True)
class Filled:
    """Answers, and by their keys where each is from: a key of the texts ``filled.…``."""

    answers: dict[str, Answer] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)


#: What fills a field, and from where; None: it is not known.
_Source = tuple[str, Callable[[facts.Known], Answer | None]]


def fill(form: Form, case: CaseFile, *, controller_id: int | None = None, language: str = "th", now: int = 0) -> Filled:
    """Fill a form of an incident.

    Args:
        form: which.
        case: what the incident knows.
        controller_id: for which of its controllers; None: its first.
        language: of what is written in words.
        now: what stands as the time of the report, microseconds; 0: when the case was read.
    """
    chosen = [one for one in case.controllers if controller_id in (None, one.id)]
    known = facts.Known(
        case,
        chosen[0] if chosen else None,
        load_platforms().get(case.incident.platform_id),
        language,
        now or case.read_at,
    )
    made = Filled()
    for one in (*form.fields, *form.head):
        told = _FORMS.get(form.id, {}).get(one.key) or _COMMON.get(one.key)
        if told is not None:
            _put(made, one, told[0], told[1](known))
    return made


def fill_year(form: Form, year: int, counts: Kor3Counts) -> Filled:
    """Fill form Kor-3 of a year of the common era."""
    made = Filled()
    tables = {"by_category": counts.by_category, "by_asset": counts.by_asset, "by_level": counts.by_level}
    for one in form.fields:
        if one.key in tables:
            _put(made, one, "counted", {row.code: tables[one.key].get(row.code, 0) for row in one.options})
        elif one.key == "year":
            _put(made, one, "counted", year + BUDDHIST_ERA)
    return made


def _put(made: Filled, one: FormField, source: str, answer: Answer | None) -> None:
    if isinstance(answer, str):
        answer = spelled(answer.strip())[:MOST_TEXT]
    if answer in (None, "", [], {}):
        return
    try:
        check(one, answer)
    except AnswerError:  # what the war room knows does not fit the field: people enter it
        return
    made.answers[one.key] = answer
    made.sources[one.key] = source


_CONTACT: Final[dict[str, _Source]] = {
    "affected_agency": ("controller", facts.affected_agency),
    "affected_address": ("controller", facts.of_controller("address")),
    "contact_name": ("controller", facts.of_controller("contact_name")),
    "contact_position": ("controller", facts.of_controller("contact_position")),
    "contact_agency": ("controller", facts.of_controller("agency")),
    "contact_email": ("controller", facts.of_controller("contact_email")),
    "contact_phone": ("controller", facts.of_controller("contact_phone")),
    "continuity": ("sendings", facts.continuity),
    "core_mission": ("platform", facts.core_mission),
    "threat_level": ("classification", facts.threat_level),
    "categories": ("classification", facts.categories),
}
#: What is filled the same in whichever form asks for it.
_COMMON: Final[dict[str, _Source]] = {
    "occurred_at": ("moment", facts.recorded("occurred_at")),
    "aware_at": ("moment", facts.aware_at),
    "ended_at": ("moment", facts.recorded("ended_at")),
    "letter_agency": ("controller", facts.of_controller("agency")),
    "letter_address": ("controller", facts.of_controller("address")),
    "letter_phone": ("controller", facts.of_controller("contact_phone")),
    "letter_email": ("controller", facts.of_controller("contact_email")),
    "letter_date": ("now", facts.report_time),
}
_FORMS: Final[dict[str, dict[str, _Source]]] = {
    "pdpc_notification": {
        "controller_name": ("controller", facts.of_controller("agency")),
        "controller_contact": ("controller", facts.contact_lines),
        "aware_basis": ("moment", facts.aware_basis),
        "breach_types": ("assessment", facts.assessed("types")),
        "subject_count": ("assessment", facts.assessed("subjects")),
        "record_count": ("assessment", facts.assessed("records")),
        "dpo_name": ("controller", facts.of_controller("dpo_name")),
        "dpo_address": ("controller", facts.of_controller("dpo_address")),
        "dpo_channel": ("controller", facts.of_controller("dpo_channel")),
        "measures_taken": ("containments", facts.contained),
        "risk_level": ("assessment", facts.risk_level),
        "subjects_notified": ("sendings", facts.sent_words(facts.SUBJECTS)),
        "other_regulators": ("sendings", facts.sent_words(facts.K1, facts.K2, facts.REGULATOR)),
    },
    "pdpc_late": {
        "case_ref": ("incident", facts.case_number),
        "notified_at": ("sendings", facts.sent_at(facts.OFFICE)),
        "within_15d": ("sendings", facts.within_limit),
    },
    "risk_assessment": {f"f{one}": ("assessment", facts.assessed("factors", f"f{one}")) for one in range(1, 9)},
    "subject_notice": {"contact": ("controller", facts.dpo_lines)},
    "processor_notice": {
        "processor_aware_at": ("moment", facts.recorded("processor_aware_at")),
        "notified_controller_at": ("sendings", facts.sent_at(facts.PROCESSOR)),
    },
    "ncsa_k1": _CONTACT
    | {"tracking_agency": ("controller", facts.of_controller("agency")), "notified_at": ("now", facts.report_time)},
    "ncsa_k2": _CONTACT
    | {
        "tracking_agency": ("controller", facts.of_controller("agency")),
        "reported_at": ("now", facts.report_time),
        "known_at": ("moment", facts.informed_at),
        "regulator_notified": ("sendings", facts.regulator),
        "service": ("platform", facts.service),
        "situation": ("incident", facts.situation),
        "response_other": ("containments", facts.contained),
        "detected_by": ("rules", facts.detected_by),
        "pii_subjects": ("assessment", facts.assessed("subjects")),
        "pii_records": ("assessment", facts.assessed("records")),
        "symptoms": ("techniques", facts.symptoms),
        "timeline": ("log", facts.timeline),
    },
}
