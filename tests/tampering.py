"""Ways to change a store behind its back, each with how the check must name it."""

# ruff: noqa: S608 - table names of ours

from __future__ import annotations

import hashlib
import random
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from proving import Kept
from sqlalchemy import Table

from warroom.store.audit import Stored
from warroom.store.sealed_tables import SEALED
from warroom.store.verify import Report

#: Tables that chains and signed documents are made of or tell of: their key, and how a finding names a row by it.
_CHAINED = {
    "audit": ("seq", "audit entry {}"),
    "segment_log": ("seq", "segment log entry {}"),
    "segments": ("path", "{}"),
    "heads": ("number", "head {}"),
    "proofs": ("number", "list {}"),
}


def _sealed(table: Table) -> tuple[str, str]:
    keys = ", ".join(column.name for column in table.primary_key)
    return (f"json_array({keys})" if "," in keys else keys, table.name + " row {}")


#: Every table whose rows are proven: its key (an expression), and how a finding names a row by its key.
TABLES = _CHAINED | {one.table.name: _sealed(one.table) for one in SEALED.values()}
#: What may change without harm: marks, and what every sign-in or use changes. (docs/evidence.md says so.)
FREE = {
    "alerts": {"waiting", "grouped_count"},
    "accounts": {"signed_in_at", "totp_last_step"},
    "api_tokens": {"last_used_at"},
    "segments": {"replayed_at", "id"},  # a row of the manifest is known by its path
    "heads": {"sent_at"},
    "proofs": {"sent_at"},
}


@dataclass(frozen=True, slots=True)
class Harm:
    """What was done, and the things of which at least one must be named."""

    what: str
    names: tuple[str, ...]

    def is_named(self, report: Report) -> bool:
        """Whether the report names it, by itself or in a range."""
        return any(_covers(finding.place, finding.text, name) for finding in report.findings for name in self.names)


def _covers(place: str, text: str, name: str) -> bool:
    if re.search(rf"{re.escape(name)}(?!\d)", f"{place} | {text}"):
        return True
    title, _, number = name.rpartition(" ")
    spans = re.findall(rf"{re.escape(title)} (\d+) to (\d+)", place) if number.isdecimal() else []
    return any(int(low) <= int(number) <= int(high) for low, high in spans)


@contextmanager
def database(kept: Kept) -> Iterator[sqlite3.Connection]:
    """The state database, without any of the war room's own care."""
    with closing(sqlite3.connect(kept.data_dir / "state.db")) as link, link:
        link.row_factory = sqlite3.Row
        yield link


def one_value(kept: Kept, dice: random.Random, table: str = "") -> Harm:
    """Another value in one column of one row."""
    table = table or dice.choice(list(TABLES))
    key, title = TABLES[table]
    with database(kept) as link:
        row = dict(dice.choice(link.execute(f"SELECT {key} AS own_key, * FROM {table} ORDER BY 1").fetchall()))
        own = row.pop("own_key")
        column = dice.choice([name for name in row if name not in FREE.get(table, set())])
        value = row[column] + 1000 if column == key and isinstance(own, int) else _other(row[column], dice)
        link.execute(f'UPDATE {table} SET "{column}" = ? WHERE {key} = ?', (value, own))
    names = [title.format(own)]
    if column == key:
        names.append(title.format(value))
    return Harm(f"{table} {own}: {column} = {value!r}", tuple(names))


def _other(value: object, dice: random.Random) -> object:
    if value is None:
        return "x"
    if isinstance(value, int):
        # a yes in another number stays a yes
        return 1 - value if value in {0, 1} else value + dice.choice((-1, 1, 1000))
    if isinstance(value, bytes):
        return value + b"x"
    text = str(value)
    place = dice.randrange(len(text)) if text else 0
    return text[:place] + ("x" if text[place : place + 1] != "x" else "y") + text[place + 1 :]


def one_row_gone(kept: Kept, dice: random.Random, table: str = "") -> Harm:
    """One row less."""
    table = table or dice.choice(list(TABLES))
    key, title = TABLES[table]
    with database(kept) as link:
        gone = dice.choice(link.execute(f"SELECT {key} FROM {table} ORDER BY 1").fetchall())[0]
        link.execute(f"DELETE FROM {table} WHERE {key} = ?", (gone,))
    return Harm(f"{table} {gone} deleted", (title.format(gone),))


def one_row_more(kept: Kept, dice: random.Random, table: str = "") -> Harm:
    """One row more: a copy of another one under a key of its own."""
    table = table or dice.choice(list(TABLES))
    key, title = TABLES[table]
    with database(kept) as link:
        row = dict(dice.choice(link.execute(f"SELECT * FROM {table} ORDER BY {key}").fetchall()))
        for column in _unlike(link, table):
            value = row[column]
            row[column] = value + 7000 if isinstance(value, int) else value and value + value[-1:]
        names = ", ".join(f'"{name}"' for name in row)
        asked = f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))}) RETURNING {key}"
        own = link.execute(asked, list(row.values())).fetchone()[0]
    # a chain's entry with a later number is known by the gap before it
    before = (title.format(own - 1),) if table in {"audit", "segment_log"} else ()
    return Harm(f"{table} {own} added", (title.format(own), *before))


def _unlike(link: sqlite3.Connection, table: str) -> set[str]:
    """Give the columns that no two rows share: of the key, and of every unique index."""
    found = {row["name"] for row in link.execute(f"PRAGMA table_info({table})") if row["pk"]}
    for index in link.execute(f"PRAGMA index_list({table})").fetchall():
        if index["unique"]:
            found |= {row["name"] for row in link.execute(f"PRAGMA index_info({index['name']})")}
    return found


def last_rows_gone(kept: Kept, dice: random.Random) -> Harm:
    """The last rows less."""
    table = dice.choice(list(TABLES))
    key, title = TABLES[table]
    with database(kept) as link:
        keys = [row[0] for row in link.execute(f"SELECT {key} FROM {table} ORDER BY rowid DESC")]
        gone = keys[: dice.randint(1, max(1, len(keys) - 1))]
        link.executemany(f"DELETE FROM {table} WHERE {key} = ?", [(one,) for one in gone])
    return Harm(f"{table}: last {len(gone)} deleted", (title.format(gone[0]),))


def a_day_gone(kept: Kept, dice: random.Random) -> Harm:
    """A whole day out of manifest, segments' log, signed lists and folders."""
    with database(kept) as link:
        day = dice.choice(link.execute("SELECT DISTINCT day FROM proofs ORDER BY 1").fetchall())[0]
        number = link.execute("SELECT number FROM proofs WHERE day = ?", (day,)).fetchone()[0]
        entry = link.execute("SELECT min(seq) FROM segment_log WHERE day = ?", (day,)).fetchone()[0]
        for table in dice.sample(["segments", "segment_log", "proofs"], dice.randint(1, 3)):
            link.execute(f"DELETE FROM {table} WHERE day = ?", (day,))
    if dice.random() < 0.7:
        shutil.rmtree(kept.data_dir / "events" / day)
    if dice.random() < 0.7:
        next((kept.data_dir / "proofs").glob(f"*-{day}.json")).unlink()
    return Harm(f"day {day} gone", (day, f"list {number}", f"segment log entry {entry}"))


def one_byte(kept: Kept, dice: random.Random) -> Harm:
    """One byte of a segment, of a signed list or of the public key."""
    path = dice.choice(_files(kept))
    raw = bytearray(path.read_bytes())
    raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
    path.write_bytes(raw)
    return Harm(f"{path.name}: one byte", _names_of(path))


def a_file_gone(kept: Kept, dice: random.Random) -> Harm:
    """A segment or signed list removed, cut or replaced by another one."""
    paths = [path for path in _files(kept) if path.suffix != ".pem"]
    path, other = dice.sample(paths, 2)
    how = dice.choice(("gone", "cut", "replaced"))
    if how == "gone":
        path.unlink()
    elif how == "cut":
        path.write_bytes(path.read_bytes()[: dice.randrange(path.stat().st_size)])
    else:
        path.write_bytes(other.read_bytes())
    return Harm(f"{path.name}: {how}", _names_of(path))


def a_file_more(kept: Kept, dice: random.Random) -> Harm:
    """A file beside the segments or the signed lists."""
    path = dice.choice([path for path in _files(kept) if path.suffix != ".pem"])
    more = path.with_name(f"{path.stem[:-1]}{dice.choice('ghij')}{path.suffix}")
    more.write_bytes(path.read_bytes())
    return Harm(f"{more.name}: more", (more.name,))


def copy_changed(kept: Kept, dice: random.Random) -> Harm:
    """The file off the machine: a byte, a line, the last lines, two lines in each other's place."""
    lines = kept.copy.read_bytes().splitlines(keepends=True)
    number = dice.randrange(len(lines))
    how = dice.choice(("byte", "line", "tail", "swapped"))
    before = list(lines)
    if how == "byte":
        line = bytearray(lines[number])
        place = dice.randrange(len(line) - 1)  # not its end
        line[place] ^= 1 << dice.randrange(7)
        lines[number] = bytes(line)
    elif how == "line":
        del lines[number]
    elif how == "tail":
        del lines[number:]
    else:
        other = len(lines) - 1 if number == 0 else 0
        lines[number], lines[other] = lines[other], lines[number]
    kept.copy.write_bytes(b"".join(lines))
    return Harm(f"heads file: {how} {number}", _lines_named(before, lines, number))


def _lines_named(before: list[bytes], after: list[bytes], number: int) -> tuple[str, ...]:
    told = [re.search(rb'"kind":"(\w+)".*?"number":(\d+)', line) for line in before]
    titles = {b"head": "head", b"day": "list"}
    names = [f"{titles[one[1]]} {int(one[2])}" for one in told if one]
    return (names[number], f"line {number + 1} of", *(names if len(before) == len(after) else ()))


def entry_forged(kept: Kept, dice: random.Random) -> Harm:
    """An audit entry changed by somebody who knows how its hash is made, perhaps with all entries after it."""
    with database(kept) as link:
        entries = [Stored(**dict(row)) for row in link.execute("SELECT * FROM audit ORDER BY seq")]
        first = dice.randrange(len(entries))
        entries[first] = replace(entries[first], actor="nobody")
        last = len(entries) if dice.random() < 0.5 else first + 1
        follows = entries[first].prev_hash
        for place in range(first, last):
            one = replace(entries[place], prev_hash=follows)
            follows = one.own_hash()
            link.execute(
                "UPDATE audit SET actor = ?, prev_hash = ?, hash = ? WHERE seq = ?",
                (one.actor, one.prev_hash, follows, one.seq),
            )
    named = range(first + 1, len(entries) + 1) if last > first + 1 else (first + 1,)
    return Harm(f"audit {first + 1} to {last} forged", tuple(f"audit entry {seq}" for seq in named))


def entries_swapped(kept: Kept, dice: random.Random) -> Harm:
    """Two audit entries in each other's place."""
    with database(kept) as link:
        one, other = dice.sample([row[0] for row in link.execute("SELECT seq FROM audit")], 2)
        for old, new in ((one, -1), (other, one), (-1, other)):
            link.execute("UPDATE audit SET seq = ? WHERE seq = ?", (new, old))
    return Harm(f"audit {one} and {other} swapped", (f"audit entry {one}", f"audit entry {other}"))


def entries_cut_out(kept: Kept, dice: random.Random) -> Harm:
    """An audit entry gone and all after it numbered anew."""
    with database(kept) as link:
        last = link.execute("SELECT max(seq) FROM audit").fetchone()[0]
        gone = dice.randint(1, last)
        link.execute("DELETE FROM audit WHERE seq = ?", (gone,))
        for seq in range(gone + 1, last + 1):
            link.execute("UPDATE audit SET seq = ? WHERE seq = ?", (seq - 1, seq))
    names = [f"audit entry {gone}", f"audit entry {gone - 1}", f"audit entry {last}"]
    return Harm(f"audit {gone} cut out", tuple(names))


def segment_forged(kept: Kept, dice: random.Random) -> Harm:
    """A segment changed, and its row in the manifest with it."""
    with database(kept) as link:
        row = dice.choice(link.execute("SELECT path FROM segments ORDER BY 1").fetchall())
        path = kept.data_dir / row["path"]
        raw = path.read_bytes() + b"x"
        path.write_bytes(raw)
        link.execute(
            "UPDATE segments SET sha256 = ?, bytes = ? WHERE path = ?",
            (hashlib.sha256(raw).hexdigest(), len(raw), row["path"]),
        )
    return Harm(f"{path.name} forged", (row["path"],))


def raw_byte_of_database(kept: Kept, dice: random.Random) -> Harm:
    """One byte in the database's file, in the text of an audit entry."""
    with database(kept) as link:
        seq, own = dice.choice(link.execute("SELECT seq, hash FROM audit").fetchall())
    path = kept.data_dir / "state.db"
    raw = bytearray(path.read_bytes())
    raw[raw.index(own.encode()) + dice.randrange(64)] ^= 1 << dice.randrange(8)
    path.write_bytes(raw)
    return Harm(
        f"a byte of audit {seq} on the disk", (f"audit entry {seq}", f"audit entry {seq + 1}", "state database")
    )


def a_trigger_more(kept: Kept, dice: random.Random) -> Harm:
    """A trigger that keeps the war room from writing what it must."""
    with database(kept) as link:
        table = dice.choice(list(TABLES))
        link.execute(f"CREATE TRIGGER quiet BEFORE INSERT ON {table} BEGIN SELECT RAISE(IGNORE); END")
    return Harm(f"trigger on {table}", ("triggers are not",))


#: What lets somebody in, or do more, and the row that each changes in a store of ``Kept``.
BREAK_INS = {
    "INSERT INTO account_roles VALUES (2, 'administrator')": 'account_roles row [2,"administrator"]',
    "UPDATE account_roles SET role = 'dpo' WHERE account_id = 2": 'account_roles row [2,"dpo"]',
    "DELETE FROM account_platforms WHERE account_id = 2": 'account_platforms row [2,"thaid"]',
    "INSERT INTO account_platforms VALUES (2, 'e_office')": 'account_platforms row [2,"e_office"]',
    "UPDATE accounts SET password_hash = '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$eA' WHERE id = 1": "accounts row 1",
    "UPDATE accounts SET state = 'active' WHERE id = 3": "accounts row 3",
    "UPDATE accounts SET must_change_password = 0 WHERE id = 1": "accounts row 1",
    "UPDATE accounts SET totp_sealed = x'00', totp_confirmed_at = 1 WHERE id = 1": "accounts row 1",
    "UPDATE accounts SET oidc_subject = 'mallory' WHERE id = 3": "accounts row 3",
    "UPDATE accounts SET os_user = 'mallory' WHERE id = 1": "accounts row 1",
    "INSERT INTO accounts (name, name_key, display_name, state, must_change_password, created_at, changed_at) "
    "VALUES ('m', 'm', 'm', 'active', 0, 1, 1)": "accounts row 4",
    "INSERT INTO api_tokens (token_sha256, name, account_id, scopes, created_at, expires_at) "
    "VALUES (x'00', 'm', 1, 'manage_accounts', 1, 9e15)": "api_tokens row 3",
    "UPDATE api_tokens SET scopes = 'manage_accounts' WHERE id = 1": "api_tokens row 1",
    "UPDATE api_tokens SET expires_at = expires_at + 1 WHERE id = 1": "api_tokens row 1",
    "UPDATE api_tokens SET revoked_at = NULL WHERE id = 2": "api_tokens row 2",
    "DELETE FROM api_tokens WHERE id = 2": "api_tokens row 2",
}


def a_way_in(kept: Kept, dice: random.Random) -> Harm:
    """Something by which somebody gets in or may do more."""
    statement, name = dice.choice(list(BREAK_INS.items()))
    with database(kept) as link:
        link.execute(statement)
    return Harm(statement, (name,))


WAYS: tuple[Callable[[Kept, random.Random], Harm], ...] = (
    one_value,
    one_value,
    one_row_gone,
    one_row_more,
    last_rows_gone,
    a_day_gone,
    one_byte,
    a_file_gone,
    a_file_more,
    copy_changed,
    entry_forged,
    entries_swapped,
    entries_cut_out,
    segment_forged,
    raw_byte_of_database,
    a_trigger_more,
    a_way_in,
)


def _files(kept: Kept) -> list[Path]:
    return sorted([*(kept.data_dir / "events").rglob("*.parquet"), *(kept.data_dir / "proofs").iterdir()])


def _names_of(path: Path) -> tuple[str, ...]:
    number = path.name.split("-")[0]
    return (path.name, *([f"list {int(number)}"] if number.isdecimal() else []))
