"""Many processes that act at once: `python many_actors.py STATE_FOLDER PROCESSES ACTIONS`."""

from __future__ import annotations

import sys
from datetime import date
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import select

from warroom.access import Actor, Role
from warroom.incidents import actions
from warroom.store import holds
from warroom.store.audit import AuditAction, Entry, Via, append
from warroom.store.database import State, upsert
from warroom.store.tables import meta


def act(folder: Path, number: int, count: int) -> None:
    """Act in five ways by turns."""
    name = f"person{number}"
    actor = Actor(name, frozenset({Role.SHIFT_LEAD}))
    with State(f"sqlite:///{folder / 'state.db'}") as state:
        for turn in range(count):
            match turn % 5:
                case 0:
                    with state.write() as connection:
                        entry = Entry(name, Via.CONSOLE, AuditAction.READ_INCIDENT, "incident", "1", {"turn": turn})
                        append(connection, entry)
                case 1:
                    actions.note(state, 1, actor, f"{name} {turn}")
                case 2:
                    with state.write() as connection:
                        value = int(connection.scalar(select(meta.c.value).where(meta.c.key == "sum")) or 0) + 1
                        row = upsert(meta).values(key="sum", value=str(value))
                        connection.execute(
                            row.on_conflict_do_update(index_elements=["key"], set_={"value": str(value)})
                        )
                        append(connection, Entry(name, Via.API, AuditAction.SETTINGS_CHANGED, "sum", "", {"to": value}))
                case 3:
                    scope = holds.Scope(from_day=date(2026, 1, 1))
                    held = holds.hold_query(state, scope, name, name, Via.COMMAND_LINE)
                case _:
                    holds.lift(state, held, "done", name, Via.COMMAND_LINE)


def main(folder: Path, processes: int, count: int) -> int:
    """Let them all act; how many of them failed. Forked, they import once what takes each a second."""
    actors = [get_context("fork").Process(target=act, args=(folder, number, count)) for number in range(processes)]
    for actor in actors:
        actor.start()
    for actor in actors:
        actor.join()
    return sum(actor.exitcode != 0 for actor in actors)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
