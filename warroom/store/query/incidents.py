"""A search over incidents as a condition of the state database."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import String as Characters
from sqlalchemy import and_, case, cast, false, not_, or_, select, true

from warroom.store.query.tree import And, Compare, Exists, Match, Network, Node, Not, Or, Pattern, Text, Wild
from warroom.store.query.trigrams import ENTITY_ROW, Told, ask
from warroom.store.tables import alerts, incident_entities, incident_log, incidents

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

_OWN: Final[dict[str, ColumnElement[Any]]] = {
    "number": incidents.c.id,
    "id": incidents.c.id,
    "title": incidents.c.title,
    "title_th": incidents.c.title_th,
    "severity": incidents.c.severity,
    "status": incidents.c.status,
    "disposition": incidents.c.disposition,
    "platform": incidents.c.platform_id,
    "assignee": incidents.c.assignee,
    "alerts": incidents.c.alert_count,
    "events": incidents.c.event_count,
    "opened": incidents.c.opened_at,
    "first": incidents.c.first_at,
    "last": incidents.c.last_at,
    "closed": incidents.c.closed_at,
}
_ENTITIES: Final = {
    "source.ip": "address",
    "ip": "address",
    "user.name": "user",
    "user": "user",
    "device.id": "device",
    "device": "device",
    "host.hostname": "host",
    "host": "host",
}
_TIMES: Final = frozenset({"opened", "first", "last", "closed"})
_NUMBERS: Final = frozenset({"number", "id", "alerts", "events"})
#: What people said about an incident; what the worker wrote of joining alerts is its own and much.
_NOTES: Final = ("noted", "closed", "reopened")
_SIGNS: Final = {Wild.ANY: "%", Wild.ONE: "_"}


def kind_of(field: str) -> str | None:
    """Say what a field of incidents holds; None for one that there is not."""
    if field in _TIMES:
        return "time"
    if field in _NUMBERS:
        return "number"
    return "text" if field in _OWN or field in _ENTITIES or field in {"rule", "tag", "entity", "note"} else None


def incident_condition(node: Node) -> ColumnElement[bool]:
    """Give a search as a condition on ``incidents``, true or false and never null."""
    if isinstance(node, And):
        return and_(true(), *(incident_condition(one) for one in node.nodes))
    if isinstance(node, Or):
        return or_(false(), *(incident_condition(one) for one in node.nodes))
    if isinstance(node, Not):
        return not_(incident_condition(node.node))
    return _anywhere(node.pattern) if isinstance(node, Text) else _field(node)


def _field(node: Match | Exists | Compare | Network) -> ColumnElement[bool]:
    if node.field in _OWN:
        column = _OWN[node.field]
        return column.is_not(None) if isinstance(node, Exists) else and_(column.is_not(None), _test(node, column))
    if node.field in {"rule", "tag"}:
        return _by_alert(node)
    if node.field == "note":
        return _told(Told.NOTE, node.pattern if isinstance(node, Match) else ())
    kind = _ENTITIES.get(node.field)
    table = incident_entities.c
    wanted = select(table.incident_id)
    if kind is not None:
        wanted = wanted.where(table.kind == kind)
    if not isinstance(node, Exists):
        wanted = wanted.where(_test(node, table.value))
    return incidents.c.id.in_(wanted)


def _anywhere(pattern: Pattern) -> ColumnElement[bool]:
    """A text in the title, in a note, or in what the incident is about."""
    asked = ask(Told.ANYWHERE, pattern)
    if asked is None or not asked.whole or asked.able is not None or _in_json(pattern) != pattern:
        return or_(*(_told(where, pattern) for where in (Told.TITLE, Told.ENTITY, Told.NOTE)))
    return incidents.c.id.in_(asked.incidents())


def _told(where: Told, pattern: Pattern) -> ColumnElement[bool]:
    """Incidents of which a text has a pattern in it: by the index where that can tell, else by reading the texts."""
    if where is Told.NOTE:
        pattern = _in_json(pattern)
    read, row = _reading(where, f"%{_like(pattern)}%")
    asked = ask(where, pattern)
    if asked is None:
        return incidents.c.id.in_(read)
    by_index = incidents.c.id.in_(asked.incidents() if asked.whole else read.where(row.in_(asked.rows())))
    return by_index if asked.able is None else case((asked.able, by_index), else_=incidents.c.id.in_(read))


def _reading(where: Told, looked: str) -> tuple[Select[tuple[int]], ColumnElement[int]]:
    """Give the incidents that have such a text, and what its row is numbered by."""
    if where is Told.TITLE:
        own = incidents.alias().c
        either = own.title.like(looked, escape="!") | own.title_th.like(looked, escape="!")
        return select(own.id).where(either), own.id
    if where is Told.ENTITY:
        entity = incident_entities.c
        return select(entity.incident_id).where(entity.value.like(looked, escape="!")), ENTITY_ROW
    log = incident_log.c
    return select(log.incident_id).where(log.action.in_(_NOTES), log.body.like(looked, escape="!")), log.id


def _by_alert(node: Match | Exists | Compare | Network) -> ColumnElement[bool]:
    """Incidents with an alert of a rule or tag: by its beginning or end where the pattern has them open."""
    wanted = select(alerts.c.incident_id).where(alerts.c.incident_id.is_not(None))
    if isinstance(node, Match):
        looked = _like(node.pattern)
        if node.field == "rule":
            columns = (alerts.c.rule_id, alerts.c.rule_title, alerts.c.rule_title_th)
            wanted = wanted.where(or_(*(column.like(looked, escape="!") for column in columns)))
        else:
            tag = _like(_in_json(node.pattern))
            wanted = wanted.where(
                or_(alerts.c.tags.like(f'%"{tag}"%', escape="!"), alerts.c.tags.like(f'%"attack.{tag}"%', escape="!"))
            )
    elif not isinstance(node, Exists):
        return false()
    return incidents.c.id.in_(wanted)


def _test(node: Match | Compare | Network, column: ColumnElement[Any]) -> ColumnElement[bool]:
    if isinstance(node, Match):
        return cast(column, Characters).like(_like(node.pattern), escape="!")
    if isinstance(node, Network):
        return false()  # addresses are texts here: a part with * finds them
    value = int(node.value) if node.value == int(node.value) else node.value
    return {">": column > value, ">=": column >= value, "<": column < value, "<=": column <= value}[node.operator]


def _like(pattern: Pattern) -> str:
    """Give a pattern for LIKE, which takes capital and small letters of ASCII for the same, others as they are."""
    return "".join(_SIGNS[piece] if isinstance(piece, Wild) else re.sub("[!%_]", r"!\g<0>", piece) for piece in pattern)


def _in_json(pattern: Pattern) -> Pattern:
    """Give a pattern for texts that stand in JSON."""
    return tuple(piece if isinstance(piece, Wild) else json.dumps(piece, ensure_ascii=False)[1:-1] for piece in pattern)
