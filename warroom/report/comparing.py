"""What is new since an earlier sending: two snapshots of an incident compared, and said in words.

A snapshot is small and holds no personal data: section → key → text, made of the masked case file.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from warroom.catalog.exports import load_export_words
from warroom.report.observing import technique_name
from warroom.report.plain import stamp, tidy
from warroom.report.timeline import timeline
from warroom.store.views.case_masking import masked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warroom.store.views.casefile import CaseFile

Snapshot: TypeAlias = "dict[str, dict[str, str]]"
#: The section that says which others were cut: what is not in those may still be there.
CUT: Final = "cut"
#: Rows of one section and kind that the text lists; the data has all.
LISTED: Final = 50
_LONGEST: Final = 200


class Kind(StrEnum):
    """What became of a row."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """A row of a section that is not what it was; ``before`` is empty where it is new, ``after`` where it is gone."""

    section: str
    kind: Kind
    key: str
    before: str
    after: str


def snapshot(case: CaseFile) -> Snapshot:
    """Give what later sendings are compared with."""
    seen = tidy(case if case.masked else masked(case))
    incident, told = seen.incident, seen.classified
    made: Snapshot = {
        "incident": {
            "title": incident.title,
            "severity": incident.severity,
            "status": incident.status,
            "disposition": incident.disposition or "",
            "alerts": str(incident.alert_count),
            "events": str(incident.event_count),
            "last_event": stamp(incident.last_at),
        },
        "classification": {}
        if told is None
        else {"categories": ", ".join(map(str, told.categories)), "level": told.level, "reason": told.reason},
        "rules": {one.rule_id: f"{one.title}: {one.alerts} alerts, {one.events} events" for one in seen.rules},
        "entities": {f"{one.kind} {one.value}": f"{one.alerts} alerts" for one in seen.entities},
        "techniques": {one: technique_name(one) for one in seen.techniques},
        "tags": {one: one for one in seen.tags},
        "moments": {
            f"{one.name} {one.controller_id or ''}".strip(): f"{stamp(one.moment)} {one.reason}".strip()
            for one in seen.moments
        },
        "controllers": {str(one.id): f"{one.agency} ({one.role}) {one.dpo_name}".strip() for one in seen.controllers},
        "rulings": {f"{one.clock} {one.controller_id}": f"{one.ruling}: {one.reason}" for one in seen.rulings},
        "sendings": {
            str(one.id): f"{one.clock} {stamp(one.sent_at)} {one.recipient} {one.reference}" for one in seen.sendings
        },
        "assessments": {f"{one.kind} {one.controller_id}": f"{one.decision}: {one.reason}" for one in seen.assessments},
        "containments": {
            str(one.id): f"{one.measure} {one.target}: {one.state} {one.answer}".strip() for one in seen.containments
        },
        "evidence": {str(one.id): f"{one.name} {one.sha256}" for one in seen.evidence},
        "documents": {
            str(one.document_id): f"{one.form} {one.number} ({one.kind}, {one.language})" for one in seen.documents
        },
        "log": _numbered(
            (f"{stamp(one.when)} {one.what}", f"{one.who}: {one.detail}")
            for one in timeline(seen)
            if one.what != "detected"
        ),
        CUT: {
            name: str(total)
            for name, listed, total in (
                ("entities", len(seen.entities), seen.entity_count),
                ("rules", len(seen.rules), seen.rule_count),
                ("log", len(seen.log), seen.log_count),
            )
            if listed < total
        },
    }
    return {section: {key: _short(text) for key, text in rows.items()} for section, rows in made.items()}


def compare(before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]) -> tuple[Change, ...]:
    """Give every row that is not what it was, by section in the order of the later snapshot.

    A row that a list which was cut does not hold may be among those not listed: it is not called removed, and one that
    such a list did not hold before is not called new. The log is only ever added to, and its newest entries are listed.
    """
    found = []
    for section in [*after, *(one for one in before if one not in after)]:
        if section == CUT:
            continue
        old, new = before.get(section, {}), after.get(section, {})
        for key, text in new.items():
            if key not in old:
                if section not in before.get(CUT, {}) or section == "log":
                    found.append(Change(section, Kind.ADDED, key, "", text))
            elif old[key] != text:
                found.append(Change(section, Kind.CHANGED, key, old[key], text))
        if section not in after.get(CUT, {}):
            found += [Change(section, Kind.REMOVED, key, text, "") for key, text in old.items() if key not in new]
    return tuple(found)


def changes_text(changes: tuple[Change, ...] | None, since: int | None, at: int, language: str) -> str:
    """Say what changed, for people; ``changes`` None: nothing was sent before. Times in microseconds."""
    words = load_export_words()
    if changes is None or since is None:
        return words.text("changes.first", language) + "\n"
    lines = [words.text("changes.heading", language, before=stamp(since), after=stamp(at))]
    if not changes:
        lines.append(words.text("changes.none", language))
    for section in dict.fromkeys(one.section for one in changes):
        own = [one for one in changes if one.section == section]
        lines += ["", words.texts.get(f"sections.{section}", {}).get(language, section)]
        lines += [f"  {_line(one, language)}" for one in own[:LISTED]]
        if len(own) > LISTED:
            lines.append("  " + words.text("changes.more", language, count=len(own) - LISTED))
    return "\n".join(lines) + "\n"


def _numbered(rows: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Give rows by their key; of two with one key the second has its number."""
    made: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for key, text in rows:
        seen[key] += 1
        made[key if seen[key] == 1 else f"{key} ({seen[key]})"] = text
    return made


def _line(one: Change, language: str) -> str:
    told = {"key": one.key, "before": one.before or "—", "after": one.after or "—"}
    return load_export_words().text(f"changes.{one.kind}", language, **told).replace("\n", " ")


def _short(text: str) -> str:
    """Keep the beginning of a long text, and its hash: a change at its end is a change."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}… [{hashlib.sha256(text.encode('utf-8', 'backslashreplace')).hexdigest()[:16]}]"
