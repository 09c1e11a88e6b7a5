"""What belongs to an incident besides its alerts, the register of containment requests, and what is for one person."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from sqlalchemy import case as case_of
from sqlalchemy import func, select

from warroom.model import Status
from warroom.store import evidence_files, outside_reports, rulings, ties
from warroom.store.case_tables import containments, incident_tags, mentions, watchers
from warroom.store.containments import Containment
from warroom.store.incidents import LogEntry, log_entry
from warroom.store.tables import incident_log, incidents
from warroom.store.views.rows import IncidentRow, Scope, incident_columns, incident_row, within

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from warroom.store.database import State
    from warroom.store.evidence_files import EvidenceFile, Held
    from warroom.store.outside_reports import OutsideReport
    from warroom.store.rulings import Classified, TimeSet

#: Rows that the screens show at most; the counts beside them are exact.
REGISTER_LIMIT: Final = 300
FOR_ME_LIMIT: Final = 50
_TAGS: Final = 60


@dataclass(frozen=True, slots=True)
class Link:
    """A link as one of its incidents shows it; ``outward``: that incident is ``kind`` of the other one."""

    id: int
    kind: str
    outward: bool
    other: IncidentRow


@dataclass(frozen=True, slots=True)
class CaseView:
    """What belongs to an incident besides its alerts; ``hidden_links`` lead to platforms that may not be seen."""

    tags: tuple[str, ...]
    watchers: tuple[str, ...]
    links: tuple[Link, ...]
    hidden_links: int
    classified: tuple[Classified, ...]  # newest first
    informed: tuple[TimeSet, ...]  # newest first
    reports: tuple[tuple[int, OutsideReport], ...]
    containments: tuple[Containment, ...]  # newest first
    files: tuple[EvidenceFile, ...]
    custody: tuple[Held, ...]  # oldest first


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A containment request with the platform that it is for."""

    request: Containment
    platform_id: str


@dataclass(frozen=True, slots=True)
class Mention:
    """Where somebody was named: in which incident and entry, and whether they have seen it."""

    incident: IncidentRow
    entry: LogEntry
    read: bool


@dataclass(frozen=True, slots=True)
class ForMe:
    """What is for one person; the counts are of all, the lists bounded."""

    unread: int
    mentions: tuple[Mention, ...]  # newest first
    assigned: tuple[IncidentRow, ...]
    watched: tuple[tuple[IncidentRow, bool], ...]  # with whether something happened since they looked
    assigned_count: int


def case(state: State, incident_id: int, *, scope: Scope = None) -> CaseView | None:
    """Give what belongs to an incident; None where there is none that may be seen."""
    with state.read() as connection:
        here = select(incidents.c.id).where(incidents.c.id == incident_id, within(scope, incidents.c.platform_id))
        if connection.scalar(here) is None:
            return None
        links, hidden = _links(connection, incident_id, scope)
        files = evidence_files.of_incident(connection, incident_id)
        columns = [containments.c[one.name] for one in fields(Containment)]
        asked = select(*columns).where(containments.c.incident_id == incident_id).order_by(containments.c.id.desc())
        return CaseView(
            tags=tuple(
                connection.scalars(
                    select(incident_tags.c.tag)
                    .where(incident_tags.c.incident_id == incident_id)
                    .order_by(incident_tags.c.added_at, incident_tags.c.tag)
                )
            ),
            watchers=tuple(
                connection.scalars(
                    select(watchers.c.person).where(watchers.c.incident_id == incident_id).order_by(watchers.c.person)
                )
            ),
            links=links,
            hidden_links=hidden,
            classified=tuple(rulings.classifications_of(connection, incident_id)),
            informed=tuple(rulings.times_of(connection, incident_id, "informed_at")),
            reports=tuple(outside_reports.of_incident(connection, incident_id)),
            containments=tuple(Containment(**row._asdict()) for row in connection.execute(asked.limit(REGISTER_LIMIT))),
            files=tuple(files),
            custody=tuple(evidence_files.custody_of(connection, [one.id for one in files])),
        )


def known_tags(state: State, *, scope: Scope = None) -> list[str]:
    """Give the tags in use, the most used first: to be chosen from."""
    count = func.count()
    wanted = select(incident_tags.c.tag).group_by(incident_tags.c.tag).order_by(count.desc(), incident_tags.c.tag)
    if scope is not None:
        wanted = wanted.join(incidents).where(within(scope, incidents.c.platform_id))
    with state.read() as connection:
        return list(connection.scalars(wanted.limit(_TAGS)))


def register(state: State, *, scope: Scope = None, limit: int = REGISTER_LIMIT) -> tuple[list[RegisterRow], int]:
    """Give the containment requests, open ones first and then newest first, and how many there are in all."""
    columns = [containments.c[one.name] for one in fields(Containment)]
    here = within(scope, incidents.c.platform_id)
    rank = _open_first()
    wanted = select(*columns, incidents.c.platform_id).where(here)
    wanted = wanted.join(incidents, incidents.c.id == containments.c.incident_id)
    with state.read() as connection:
        total = connection.scalar(select(func.count()).select_from(containments.join(incidents)).where(here))
        found = connection.execute(wanted.order_by(rank, containments.c.id.desc()).limit(limit)).all()
    names = [one.name for one in fields(Containment)]
    rows = [RegisterRow(Containment(**dict(zip(names, told, strict=True))), platform) for *told, platform in found]
    return rows, total or 0


def unread(state: State, person: str, *, scope: Scope = None) -> int:
    """Count where a person was named and has not looked yet."""
    with state.read() as connection:
        return _unread(connection, person, scope)


def for_me(state: State, person: str, *, scope: Scope = None) -> ForMe:
    """Give what is for one person: where they were named, what is theirs, what they watch."""
    here = within(scope, incidents.c.platform_id)
    columns = incident_columns()
    with state.read() as connection:
        named = (
            connection.execute(
                select(mentions.c.incident_id, mentions.c.read_at, incident_log)
                .join(incidents, incidents.c.id == mentions.c.incident_id)
                .join(incident_log, incident_log.c.id == mentions.c.log_id)
                .where(mentions.c.person == person, here)
                .order_by(mentions.c.at.desc(), mentions.c.log_id.desc())
                .limit(FOR_ME_LIMIT)
            )
            .mappings()
            .all()
        )
        of = {row["incident_id"] for row in named}
        about = {
            row["id"]: incident_row(row)
            for row in connection.execute(select(*columns).where(incidents.c.id.in_(of))).mappings()
        }
        mine = (incidents.c.assignee == person) & (incidents.c.status != Status.CLOSED) & here
        assigned = connection.execute(
            select(*columns).where(mine).order_by(incidents.c.id.desc()).limit(FOR_ME_LIMIT)
        ).mappings()
        watched = connection.execute(
            select(*columns, (incidents.c.updated_at > watchers.c.looked_at).label("news"))
            .join(watchers, watchers.c.incident_id == incidents.c.id)
            .where(watchers.c.person == person, here)
            .order_by(incidents.c.updated_at.desc())
            .limit(FOR_ME_LIMIT)
        ).mappings()
        return ForMe(
            unread=_unread(connection, person, scope),
            mentions=tuple(
                Mention(about[row["incident_id"]], log_entry(row), row["read_at"] is not None) for row in named
            ),
            assigned=tuple(map(incident_row, assigned)),
            watched=tuple((incident_row(row), bool(row["news"])) for row in watched),
            assigned_count=connection.scalar(select(func.count()).select_from(incidents).where(mine)) or 0,
        )


def _unread(connection: Connection, person: str, scope: Scope) -> int:
    wanted = (
        select(func.count())
        .select_from(mentions.join(incidents, incidents.c.id == mentions.c.incident_id))
        .where(mentions.c.person == person, mentions.c.read_at.is_(None), within(scope, incidents.c.platform_id))
    )
    return connection.scalar(wanted) or 0


def _open_first() -> ColumnElement[int]:
    return case_of({"asked": 0, "done": 1}, value=containments.c.state, else_=2)


def _links(connection: Connection, incident_id: int, scope: Scope) -> tuple[tuple[Link, ...], int]:
    rows = ties.links_of(connection, incident_id)
    others = {one.other_id if one.incident_id == incident_id else one.incident_id for one in rows}
    wanted = select(*incident_columns()).where(incidents.c.id.in_(others), within(scope, incidents.c.platform_id))
    seen = {row["id"]: incident_row(row) for row in connection.execute(wanted).mappings()}
    found = []
    for one in rows:
        outward = one.incident_id == incident_id
        other = seen.get(one.other_id if outward else one.incident_id)
        if other is not None:
            found.append(Link(one.id, one.kind, outward, other))
    return tuple(found), len(rows) - len(found)
