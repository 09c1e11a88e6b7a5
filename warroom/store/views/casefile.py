"""The case file: everything that a form, a letter or an exchange file knows of one incident, read at one moment.

It is bounded, and says of each list that was cut how long it is in truth. ``case_masking`` gives the same without
personal data: that is what leaves the war room, unless somebody who may reveals it and says why.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import Integer, func, select
from sqlalchemy import case as case_of

from warroom.model import ENTITY_COLUMNS, Severity
from warroom.store import evidence_files, outside_reports, rulings
from warroom.store.case_tables import containments, incident_tags, incident_times
from warroom.store.containments import Containment
from warroom.store.database import now_us
from warroom.store.incidents import AlertRow, Incident, LogEntry, alert_row, incident_values, log_entry
from warroom.store.response_tables import (
    assessments,
    controllers,
    document_signatures,
    document_versions,
    documents,
    duty_rulings,
    playbook_runs,
    sendings,
)
from warroom.store.tables import alerts, incident_entities, incident_log, incidents
from warroom.store.views.case_rows import (
    AssessmentRow,
    ControllerRow,
    Moment,
    NamedEntity,
    RuleSeen,
    RulingRow,
    RunRow,
    SendingRow,
    VersionRow,
)
from warroom.store.views.rows import Scope, within

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement, Connection, Select, Table

    from warroom.store.database import State
    from warroom.store.evidence_files import EvidenceFile
    from warroom.store.outside_reports import OutsideReport
    from warroom.store.rulings import Classified

#: Rows of a case file at most; the counts beside them are exact.
ALERT_LIMIT: Final = 1_000
LOG_LIMIT: Final = 1_000
ENTITY_LIMIT: Final = 200  # of each kind, those that most alerts name
RULE_LIMIT: Final = 200
_LIST_LIMIT: Final = 500  # of everything that people enter one by one
_TAG_ROWS: Final = 2_000

#: To whom else it went is nobody's business outside, and an export must not differ from the last one by that alone.
_OWN: Final = incident_log.c.action != "exported"
_SEVERITIES: Final = tuple(Severity)
_TECHNIQUE: Final = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.IGNORECASE | re.ASCII)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One incident at one moment. Lists are oldest first unless they say otherwise; ``…_count`` is of all."""

    incident: Incident
    read_at: int
    masked: bool
    entities: tuple[NamedEntity, ...]  # the strongest kind first, in it what most alerts name
    entity_count: int
    rules: tuple[RuleSeen, ...]  # the worst first, counted over all alerts
    rule_count: int
    techniques: tuple[str, ...]  # ATT&CK's ids: T1110, T1110.004
    alerts: tuple[AlertRow, ...]  # the newest ALERT_LIMIT of them
    alert_count: int
    log: tuple[LogEntry, ...]  # the newest LOG_LIMIT of them
    log_count: int
    tags: tuple[str, ...]
    classified: Classified | None
    moments: tuple[Moment, ...]
    controllers: tuple[ControllerRow, ...]
    rulings: tuple[RulingRow, ...]
    sendings: tuple[SendingRow, ...]
    assessments: tuple[AssessmentRow, ...]
    containments: tuple[Containment, ...]
    evidence: tuple[EvidenceFile, ...]
    reports: tuple[OutsideReport, ...]
    documents: tuple[VersionRow, ...]
    runs: tuple[RunRow, ...]

    def moment(self, name: str, controller_id: int | None = None) -> int | None:
        """Give a recorded moment; a controller's own beats the incident's."""
        told = {one.controller_id: one.moment for one in self.moments if one.name == name}
        return told.get(controller_id, told.get(None))


def casefile(state: State, incident_id: int, *, scope: Scope = None) -> CaseFile | None:
    """Read the case file of an incident, personal data as it is; None where there is none that may be seen."""
    with state.read() as connection:
        return casefile_in(connection, incident_id, scope=scope)


def casefile_in(connection: Connection, incident_id: int, *, scope: Scope = None) -> CaseFile | None:
    """Read the case file within a transaction, as ``casefile`` does."""
    own = select(*(incidents.c[one.name] for one in fields(Incident))).where(
        incidents.c.id == incident_id, within(scope, incidents.c.platform_id)
    )
    found = connection.execute(own).mappings().one_or_none()
    if found is None:
        return None
    entities, entity_count = _entities(connection, incident_id)
    seen, rule_count = _rules(connection, incident_id)
    log = select(incident_log).where(incident_log.c.incident_id == incident_id, _OWN)
    raised = select(alerts).where(alerts.c.incident_id == incident_id)
    newest_alerts = raised.order_by(alerts.c.first_at.desc(), alerts.c.id.desc()).limit(ALERT_LIMIT)
    newest_log = log.order_by(incident_log.c.id.desc()).limit(LOG_LIMIT)
    return CaseFile(
        incident=Incident(**incident_values(found)),
        read_at=now_us(),
        masked=False,
        entities=entities,
        entity_count=entity_count,
        rules=seen,
        rule_count=rule_count,
        techniques=_techniques(connection, incident_id),
        alerts=tuple(map(alert_row, reversed(connection.execute(newest_alerts).mappings().all()))),
        alert_count=_count(connection, alerts, incident_id),
        log=tuple(map(log_entry, reversed(connection.execute(newest_log).mappings().all()))),
        log_count=_count(connection, incident_log, incident_id, _OWN),
        tags=tuple(
            connection.scalars(
                select(incident_tags.c.tag)
                .where(incident_tags.c.incident_id == incident_id)
                .order_by(incident_tags.c.tag)
                .limit(_LIST_LIMIT)
            )
        ),
        classified=next(iter(rulings.classifications_of(connection, incident_id, limit=1)), None),
        moments=_newest(connection, incident_times, Moment, incident_id, "name", "controller_id"),
        controllers=_all(connection, controllers, ControllerRow, incident_id, controllers.c.removed_at.is_(None)),
        rulings=_newest(connection, duty_rulings, RulingRow, incident_id, "controller_id", "clock"),
        sendings=_all(connection, sendings, SendingRow, incident_id, sendings.c.withdrawn_at.is_(None)),
        assessments=_newest(connection, assessments, AssessmentRow, incident_id, "controller_id", "kind"),
        containments=_all(connection, containments, Containment, incident_id),
        evidence=tuple(evidence_files.of_incident(connection, incident_id)),
        reports=tuple(one for _, one in outside_reports.of_incident(connection, incident_id)),
        documents=_documents(connection, incident_id),
        runs=_all(connection, playbook_runs, RunRow, incident_id),
    )


def _entities(connection: Connection, incident_id: int) -> tuple[tuple[NamedEntity, ...], int]:
    about = incident_entities.c
    columns = [about[one.name] for one in fields(NamedEntity)]
    rows = [
        NamedEntity(*row)
        for kind in ENTITY_COLUMNS
        for row in connection.execute(
            select(*columns)
            .where(about.incident_id == incident_id, about.kind == kind)
            .order_by(about.alerts.desc(), about.value)
            .limit(ENTITY_LIMIT)
        )
    ]
    return tuple(rows), _count(connection, incident_entities, incident_id)


def _rules(connection: Connection, incident_id: int) -> tuple[tuple[RuleSeen, ...], int]:
    own = alerts.c
    worst = func.max(case_of({one: one.rank for one in Severity}, value=own.severity, else_=0))
    columns = (
        own.rule_id,
        func.max(own.rule_title),
        func.max(own.rule_title_th),
        worst,
        func.count(),
        func.sum(own.count, type_=Integer),
        func.min(own.first_at),
        func.max(own.last_at),
    )
    wanted = select(*columns).where(own.incident_id == incident_id).group_by(own.rule_id)
    rows = connection.execute(wanted.order_by(worst.desc(), func.count().desc(), own.rule_id).limit(RULE_LIMIT))
    every = select(func.count(own.rule_id.distinct())).where(own.incident_id == incident_id)
    found = [(*row[:3], _SEVERITIES[row[3]], *row[4:]) for row in rows]
    return tuple(RuleSeen(*row) for row in found), connection.scalar(every) or 0


def _techniques(connection: Connection, incident_id: int) -> tuple[str, ...]:
    wanted = select(alerts.c.tags).where(alerts.c.incident_id == incident_id).distinct().limit(_TAG_ROWS)
    found = {tag for text in connection.scalars(wanted) for tag in json.loads(text)}
    return tuple(sorted(told[1].upper() for tag in found if (told := _TECHNIQUE.fullmatch(str(tag)))))


def _documents(connection: Connection, incident_id: int) -> tuple[VersionRow, ...]:
    newest = (
        select(func.max(document_versions.c.id))
        .join(documents, documents.c.id == document_versions.c.document_id)
        .where(documents.c.incident_id == incident_id)
        .group_by(document_versions.c.document_id)
    )
    of_both = {**{one.name: one for one in documents.c}, **{one.name: one for one in document_versions.c}}
    names = [one.name for one in fields(VersionRow)][:-2]
    wanted = (
        select(*(of_both[name] for name in names))
        .join(documents, documents.c.id == document_versions.c.document_id)
        .where(document_versions.c.id.in_(newest))
        .order_by(document_versions.c.id)
        .limit(_LIST_LIMIT)
    )
    rows = connection.execute(wanted).all()
    signed = select(document_signatures).where(document_signatures.c.version_id.in_([row[0] for row in rows]))
    who = {(one.version_id, one.step): one.actor for one in connection.execute(signed.order_by("id"))}
    steps = ("verified", "approved")
    return tuple(VersionRow(*tuple(row), *(who.get((row[0], step), "") for step in steps)) for row in rows)


def _count(connection: Connection, table: Table, incident_id: int, *where: ColumnElement[bool]) -> int:
    wanted = select(func.count()).select_from(table).where(table.c.incident_id == incident_id, *where)
    return connection.scalar(wanted) or 0


def _all(
    connection: Connection, table: Table, kind: Callable[..., _T], incident_id: int, *where: ColumnElement[bool]
) -> tuple[_T, ...]:
    """Give an incident's rows of a table, oldest first."""
    wanted = _columns(table, kind).where(table.c.incident_id == incident_id, *where)
    rows = connection.execute(wanted.order_by(table.c.id).limit(_LIST_LIMIT)).mappings()
    return tuple(kind(**row) for row in rows)


def _newest(
    connection: Connection, table: Table, kind: Callable[..., _T], incident_id: int, *by: str
) -> tuple[_T, ...]:
    """Give the newest row of each of what is decided again and again, in the order of the rows."""
    own: Sequence[ColumnElement[Any]] = [table.c[name] for name in by]
    newest = select(func.max(table.c.id)).where(table.c.incident_id == incident_id).group_by(*own)
    rows = connection.execute(
        _columns(table, kind).where(table.c.id.in_(newest)).order_by(table.c.id).limit(_LIST_LIMIT)
    )
    return tuple(kind(**row) for row in rows.mappings())


def _columns(table: Table, kind: Any) -> Select[Any]:  # noqa: ANN401 - a dataclass
    return select(*(table.c[one.name] for one in fields(kind)))
