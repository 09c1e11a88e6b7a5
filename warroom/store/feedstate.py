"""What the worker knows of the feeds and the content files, for the console."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, update

from warroom.errors import Fault
from warroom.store.database import State, now_us, upsert
from warroom.store.tables import content_faults, feed_states


@dataclass(frozen=True, slots=True)
class Registration:
    """A feed as it is switched on."""

    feed_id: str
    platform_id: str
    title_th: str
    title_en: str
    drill: bool
    silent_after_seconds: int


def register(state: State, feeds: Iterable[Registration]) -> None:
    """Make the store know exactly these feeds; what was counted of others stays in the ledger."""
    wanted = list(feeds)
    with state.write("feeds") as connection:
        connection.execute(delete(feed_states).where(feed_states.c.feed_id.not_in([one.feed_id for one in wanted])))
        for one in wanted:
            told = {name: getattr(one, name) for name in Registration.__slots__}
            row = upsert(feed_states).values(**told, lag_bytes=0)
            connection.execute(row.on_conflict_do_update(index_elements=["feed_id"], set_=told))


def passed(state: State, told: Mapping[str, str | None]) -> None:
    """Passes over feeds ended: everything that could be read was; of each feed, what could not, or None."""
    with state.write("feeds") as connection:
        for feed_id, error in told.items():
            connection.execute(
                update(feed_states)
                .where(feed_states.c.feed_id == feed_id)
                .values(read_at=now_us(), error=error, lag_bytes=0)
            )


def tell_faults(state: State, faults: Iterable[Fault]) -> None:
    """Replace the list of faulty content files."""
    reasons: dict[tuple[str, int], list[str]] = defaultdict(list)
    for fault in faults:
        reasons[fault.file, fault.line].append(fault.reason)
    with state.write("content") as connection:
        connection.execute(delete(content_faults))
        for (file, line), told in reasons.items():
            connection.execute(insert(content_faults).values(file=file, line=line, reason="; ".join(told)))
