"""A document becomes a playbook; every fault is noted at its line."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from warroom.catalog.places import Place, spoken
from warroom.catalog.playbook_checks import check_whole
from warroom.catalog.playbook_parts import (
    NOTHING,
    STARTED,
    Both,
    Condition,
    Due,
    Option,
    Phase,
    Playbook,
    Question,
    StartRule,
    Task,
)
from warroom.model import Severity

#: Who may see to a task: the roles that work on incidents. Permissions that answering a question may need.
OWNERS: Final = ("analyst", "shift_lead", "liaison", "dpo", "detection_engineer")
ANSWERING: Final = ("act_on_incidents", "decide_breach", "send_reports", "prepare_reports")
#: Moments of an incident from which a task may be due.
MOMENTS: Final = (
    STARTED, "occurred_at", "detected_at", "informed_at", "aware_at", "high_risk_decided_at", "processor_aware_at",
    "ncsa_k1_sent_at", "ncsa_k2_sent_at", "pdpc_sent_at", "subjects_sent_at", "ended_at", "closed_at",
)  # fmt: skip
_TITLE, _LINE, _TEXT = 200, 400, 4_000
_TASKS, _QUESTIONS, _RULES, _TERMS = 200, 60, 40, 12
_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,31}")
_DAY: Final = re.compile(r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_DURATION: Final = re.compile(r"P(?=\d|T\d)(?:(\d{1,3})D)?(?:T(?=\d)(?:(\d{1,4})H)?(?:(\d{1,4})M)?)?")
_DUE: Final = re.compile(r"(\S{1,30}) after ([a-z0-9_]{1,40})")
_TASK_KEYS: Final = (
    "id", "th", "en", "detail", "owner", "due", "when", "evidence", "forms", "clocks", "tells", "basis", "certain",
)  # fmt: skip
_RULE_KEYS: Final = (
    "because", "automatic", "categories", "tags", "rules", "platforms", "criticality", "severity", "personal_data",
    "sensitive_data",
)  # fmt: skip
_KEYS: Final = ("id", "version", "created", "revised", "title", "purpose", "source", "starts", "phases")
_CRITICALITIES: Final = ("low", "medium", "high", "critical")


@dataclass(frozen=True, slots=True)
class Names:
    """What a playbook may name: ids of forms, clocks, platforms and audiences; None: not looked up."""

    forms: Collection[str] | None = None
    clocks: Collection[str] | None = None
    platforms: Collection[str] | None = None
    audiences: Collection[str] | None = None


def read_playbook(place: Place, phases: Collection[str], names: Names) -> Playbook:
    """Read a playbook; what is wrong is in ``place.faults``.

    Args:
        place: the top of a document.
        phases: the ids of the phases, in the order of the work.
        names: what may be named.
    """
    place.keys(_KEYS)
    found = Playbook(
        id=_id(place),
        version=_matching(place, "version", _VERSION, "letters, digits and dots, at most 32"),
        created=_matching(place, "created", _DAY, 'a day such as "2026-11-22", in quotes'),
        revised=_matching(place, "revised", _DAY, 'a day such as "2026-11-22", in quotes'),
        title=_both(place, "title", _TITLE),
        purpose=_both(place, "purpose", _TEXT),
        source=_both(place, "source", _TEXT, least=False),
        starts=tuple(_rule(one, names) for one in place.each("starts", _RULES)),
        phases=tuple(_phase(one, phases, names) for one in place.each("phases", 20, least=1)),
    )
    check_whole(place, found, list(phases), most=_TASKS + _QUESTIONS)
    return found


def seconds_of(text: str) -> int | None:
    """Give the seconds of an ISO 8601 duration of days, hours and minutes, such as PT1H30M; None where it is none."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return (days * 24 + hours) * 3600 + minutes * 60


def _phase(place: Place, phases: Collection[str], names: Names) -> Phase:
    place.keys(("id", "after", "questions", "tasks"))
    own = place.choice("id", list(phases), "phase")
    return Phase(
        id=own,
        after=place.words("after", phases, "phase"),
        questions=tuple(map(_question, place.each("questions", _QUESTIONS))),
        tasks=tuple(_task(one, names) for one in place.each("tasks", _TASKS)),
    )


def _task(place: Place, names: Names) -> Task:
    place.keys(_TASK_KEYS)
    return Task(
        id=_id(place),
        does=_own_both(place),
        detail=_both(place, "detail", _TEXT, least=False),
        owner=place.choice("owner", OWNERS, "role", default="analyst"),
        due=_due(place),
        when=_when(place),
        evidence=_both(place, "evidence", _LINE, least=False),
        forms=place.words("forms", names.forms, "form"),
        clocks=place.words("clocks", names.clocks, "clock"),
        tells=place.words("tells", names.audiences, "audience"),
        basis=_both(place, "basis", _LINE, least=False),
        certain=bool(place.flag("certain", default=True)),
    )


def _question(place: Place) -> Question:
    place.keys(("id", "th", "en", "detail", "options", "by", "when"))
    options = []
    for one in place.each("options", 20):
        one.keys(("id", "th", "en"))
        # YAML reads a bare `no` as false, and an option named so is what people mean
        word = spoken(one.under("id").found)
        if word is None or not _ID.fullmatch(word):
            one.fault("an option's `id` is a word of small letters, digits and _")
        options.append(Option(word or "", _own_both(one)))
    if len(options) == 1 or len({one.id for one in options}) < len(options):
        place.fault("`options` are two or more, each with an id of its own", "options")
    return Question(
        id=_id(place),
        asks=_own_both(place),
        detail=_both(place, "detail", _TEXT, least=False),
        options=tuple(options),
        by=place.choice("by", ANSWERING, "permission", default=ANSWERING[0]),
        when=_when(place),
    )


def _rule(place: Place, names: Names) -> StartRule:
    place.keys(_RULE_KEYS)
    severity = place.choice("severity", [str(one) for one in Severity], "severity", default="")
    categories = place.under("categories").found
    if categories is not None and not (
        isinstance(categories, list) and categories and all(type(one) is int and one in range(10) for one in categories)
    ):
        place.fault("`categories` is a list of numbers from 0 to 9", "categories")
        categories = None
    rule = StartRule(
        because=_both(place, "because", _LINE),
        automatic=bool(place.flag("automatic", default=False)),
        categories=None if categories is None else frozenset(categories),
        tags=_set(place, "tags", None, "ATT&CK tag"),
        rules=_set(place, "rules", None, "rule id"),
        platforms=_set(place, "platforms", names.platforms, "platform"),
        criticality=_set(place, "criticality", _CRITICALITIES, "criticality"),
        severity=Severity(severity) if severity in set(Severity) else None,
        personal_data=place.flag("personal_data"),
        sensitive_data=place.flag("sensitive_data"),
    )
    if all(getattr(rule, name) is None for name in ("categories", "tags", "rules", "platforms")):
        place.fault("a start asks for categories, tags, rules or platforms: else every incident would start it")
    for tag in rule.tags or ():
        if not re.fullmatch(r"attack\.[a-z0-9][a-z0-9.-]{1,60}", tag):
            place.fault(f"`{tag}` is no ATT&CK tag such as attack.t1190", "tags")
    return rule


def _set(place: Place, name: str, known: Collection[str] | None, what: str) -> frozenset[str] | None:
    if place.under(name).found is None:
        return None
    return frozenset(place.words(name, known, what))


def _when(place: Place) -> Condition:
    """Read ``when``: one mapping of questions to answers, or a list of such of which one holds."""
    own = place.under("when")
    if own.found is None:
        return ()
    told = [own] if isinstance(own.found, dict) else place.each("when", _TERMS, least=1)
    terms = []
    for term in told:
        if not isinstance(term.found, dict) or not term.found:
            term.fault("`when` holds `question: [answers]` lines")
            continue
        pairs = []
        for question, answers in term.found.items():
            words = [spoken(one) for one in (answers if isinstance(answers, list) else [answers])]
            if not words or None in words:
                term.fault(f"the answers of `{question}` are words", str(question))
                continue
            pairs.append((str(question), tuple(dict.fromkeys(str(one) for one in words))))
        terms.append(tuple(sorted(pairs)))  # JSON keeps no order of keys
    return tuple(terms)


def _due(place: Place) -> Due | None:
    own = place.under("due")
    if own.found is None:
        return None
    match = _DUE.fullmatch(own.found) if isinstance(own.found, str) else None
    seconds = seconds_of(match[1]) if match else None
    if match is None or not seconds:
        own.fault("`due` is a duration after a moment, such as `PT15M after started`")
        return None
    if match[2] not in MOMENTS:
        own.fault(f"there is no moment `{match[2]}`; known: {', '.join(MOMENTS)}")
    return Due(seconds, match[2], match[1])


def _both(place: Place, name: str, most: int, *, least: bool = True) -> Both:
    own = place.under(name)
    if own.found is None and not least:
        return NOTHING
    own.keys(("th", "en"))
    return _own_both(own, most)


def _own_both(place: Place, most: int = _LINE) -> Both:
    return Both(place.text("th", most), place.text("en", most))


def _id(place: Place) -> str:
    return _matching(place, "id", _ID, "a word of small letters, digits and _, at most 63")


def _matching(place: Place, name: str, pattern: re.Pattern[str], what: str) -> str:
    found = place.text(name, 100)
    if found and not pattern.fullmatch(found):
        place.fault(f"`{name}` is {what}", name)
    return found
