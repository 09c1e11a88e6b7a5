"""The register of contacts as a table: taken out for another war room, and taken in, all of it or nothing."""

from __future__ import annotations

import csv
import io
from dataclasses import fields
from typing import TYPE_CHECKING, Final

from warroom.access.actor import Actor
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.errors import UsageError
from warroom.report.contacts import checked_contact, enter
from warroom.report.tables import FORMULA, safe_cell
from warroom.store.contacts import Contact, Told
from warroom.store.database import State, now_us

if TYPE_CHECKING:
    from collections.abc import Iterable

#: A table is at most so long, and has at most so many contacts.
LONGEST: Final = 4 << 20
MOST: Final = 2_000
_MARK: Final = "\ufeff"
_NAMES: Final = tuple(one.name for one in fields(Told))
_YES: Final = "yes"


def to_table(contacts: Iterable[Contact]) -> bytes:
    """Write contacts as CSV, a line each."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(_NAMES)
    for one in contacts:
        writer.writerow([safe_cell(_cell(getattr(one.told, name))) for name in _NAMES])
    return (_MARK + file.getvalue()).encode()


@needs(Permission.MANAGE_CONTACTS)
def take_in(state: State, actor: Actor, data: bytes) -> int:
    """Enter every contact of a table; how many. They count as checked now.

    Raises:
        UsageError: the table cannot be read, or one of its lines is no contact: says which, and enters none.
    """
    found = []
    at = now_us()
    for line, told in enumerate(_read(data), 2):
        try:
            found.append(checked_contact(told, at))
        except UsageError as problem:
            raise UsageError(f"line {line}: {problem}") from problem
    with state.write("contacts") as connection:
        for told in found:
            enter(connection, actor, told, at)
    return len(found)


def _read(data: bytes) -> list[Told]:
    if len(data) > LONGEST:
        raise UsageError(f"a table of contacts has at most {LONGEST >> 20} MB")
    try:
        text = data.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as problem:
        raise UsageError(f"this is no table of UTF-8 text, values separated by commas: {problem}") from problem
    if len(rows) > MOST:
        raise UsageError(f"a table has at most {MOST} contacts")
    for line, row in enumerate(rows, 2):
        if strange := sorted(str(name) for name in row if name not in _NAMES):
            raise UsageError(f"there is no column {strange[0]}: the columns are {', '.join(_NAMES)}")
        if None in row.values():
            raise UsageError(f"line {line} has too few values")
    return [_told(row) for row in rows]


def _told(row: dict[str, str]) -> Told:
    plain = {name: _without_guard(value) for name, value in row.items()}
    texts = {name: plain.get(name, "") for name in _NAMES if name not in {"platforms", "cii"}}
    platforms = tuple(plain.get("platforms", "").split())
    return Told(**texts, platforms=platforms, cii=plain.get("cii", "").strip().lower() == _YES)


def _without_guard(text: str) -> str:
    """Give a cell as it was before ``safe_cell``."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    return (_YES if value else "no") if isinstance(value, bool) else str(value)
