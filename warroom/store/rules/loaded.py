"""The rules that the worker loaded last: what the screens and the command line know of rules without loading them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, RowMapping, delete, insert, select

from warroom.errors import NotFoundError
from warroom.store.database import State
from warroom.store.rules.stages import TOPIC
from warroom.store.rules.tables import loaded_rules

_LONGEST: Final = 300

#: Product, category and service of a log source; None does not care.
Source = tuple[str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A rule that raises alerts, or a filter, as the worker loaded it.

    ``default_stage`` is where its status puts it; ``draft_sha256`` of its file, where it is a draft; ``feeds`` are the
    feeds that it looks at.
    """

    rule_id: str
    title: str
    title_th: str
    severity: str
    kind: str  # rule | filter | the type of a correlation
    status: str
    own: bool
    default_stage: str
    file: str
    draft_sha256: str | None
    logsource: tuple[Source, ...]
    tags: tuple[str, ...]
    feeds: tuple[str, ...]
    ncsa_category: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What rules say of NCSA's categories: those that they name, and the tags of the rules that name none."""

    categories: frozenset[int] = frozenset()
    tags: frozenset[str] = frozenset()


def tell(state: State, rules: Iterable[Loaded]) -> None:
    """Replace what is known."""
    rows = {one.rule_id: _row(one) for one in rules}
    with state.write(TOPIC) as connection:
        connection.execute(delete(loaded_rules))
        if rows:
            connection.execute(insert(loaded_rules), list(rows.values()))


def read(connection: Connection) -> list[Loaded]:
    """Give every rule, by id."""
    rows = connection.execute(select(loaded_rules).order_by(loaded_rules.c.rule_id)).mappings()
    return [_loaded(row) for row in rows]


def get(connection: Connection, rule_id: str) -> Loaded:
    """Give one rule. Raises NotFoundError."""
    row = connection.execute(select(loaded_rules).where(loaded_rules.c.rule_id == rule_id)).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"the worker has loaded no rule {rule_id}: `./run rules list` shows them")
    return _loaded(row)


def said_by(connection: Connection, raised: Iterable[tuple[str, Iterable[str]]]) -> Said:
    """Give what the rules of alerts say of categories; ``raised``: their ids, with the tags of the alerts."""
    told = list(raised)
    own = loaded_rules.c
    asked = select(own.rule_id, own.ncsa_category).where(
        own.ncsa_category.is_not(None), own.rule_id.in_({rule_id for rule_id, _ in told})
    )
    named = dict(map(tuple, connection.execute(asked)))
    tags = frozenset(tag for rule_id, tags in told if rule_id not in named for tag in tags)
    return Said(frozenset(named.values()), tags)


def _row(one: Loaded) -> dict[str, object]:
    return {
        "rule_id": one.rule_id,
        "title": one.title[:_LONGEST],
        "title_th": one.title_th[:_LONGEST],
        "severity": one.severity,
        "kind": one.kind,
        "status": one.status,
        "own": one.own,
        "default_stage": one.default_stage,
        "file": one.file,
        "draft_sha256": one.draft_sha256,
        "logsource": json.dumps(one.logsource),
        "tags": json.dumps(one.tags),
        "feeds": json.dumps(one.feeds),
        "ncsa_category": one.ncsa_category,
    }


def _loaded(row: RowMapping) -> Loaded:
    values = dict(row)
    sources = tuple((product, category, service) for product, category, service in json.loads(values["logsource"]))
    return Loaded(
        **values
        | {"logsource": sources, "tags": tuple(json.loads(values["tags"])), "feeds": tuple(json.loads(values["feeds"]))}
    )
