"""Tables of a PostgreSQL database: which one is read, by which column it grows, and who we are there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from warroom.catalog.transports.secrets import SecretRef, has_secret_ref, read_secret_ref, secret_keys
from warroom.catalog.values import Values

KEYS: Final = (
    "host", "port", "database", "table", "columns", "key", "id", "window", "start", "user", *secret_keys("password"),
    "tls", "ca", "certificate", "client_key",
)  # fmt: skip

EARLIEST: Final = "earliest"
LATEST: Final = "latest"

_HOST: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}|[0-9A-Fa-f:.]{2,45}")
#: A name as PostgreSQL keeps it; we quote it, whatever it is.
_NAME: Final = re.compile(r"[^\0\r\n\t\"%]{1,63}")
_COUNT: Final = re.compile(r"[0-9]{1,9}")
_MOST_COLUMNS: Final = 500


@dataclass(frozen=True, slots=True)
class Table:
    """Where rows are taken from.

    Args:
        host, port, database: where the table is.
        schema, table: its name, or that of a view.
        columns: those that are read; none: all.
        key: the column by which it grows, of numbers or times.
        id: a column whose value is no other row's.
        window: how far behind the greatest key a row may still appear: a count of a key of numbers, seconds of one of
            times; None: 1,000, or 5 minutes.
        start: whether the rows that are there already are read: earliest or latest.
        user: who we are there.
        password: where the password is; None: there is none.
        tls: whether the connection is encrypted and the server known; ca, certificate, client_key are paths of PEM
            files, "" where there is none.
    """

    host: str
    port: int
    database: str
    schema: str
    table: str
    columns: tuple[str, ...]
    key: str
    id: str
    window: float | None
    window_is_time: bool
    start: str
    user: str
    password: SecretRef | None
    tls: bool
    ca: str
    certificate: str
    client_key: str


def read(values: Values, data_dir: Path) -> Table:  # noqa: ARG001  nothing of it stands in the state folder
    """Read ``collect`` of a feed from a table."""
    host = values.text("collect", "host")
    if host and not _HOST.fullmatch(host):
        values.fault("`collect.host` is a name or an address, such as db.example.go.th", "collect", "host")
    port = values.value("collect", "port")
    number = int(str(port)) if _COUNT.fullmatch(str(port)) else 5432
    if port is not None and not (0 < number < 1 << 16 and str(number) == str(port)):
        values.fault("`collect.port` is a number from 1 to 65535", "collect", "port")
    schema, _, table = values.text("collect", "table").rpartition(".")
    key = _name(values, "key")
    window, is_time = _window(values)
    start = values.text("collect", "start", default=EARLIEST)
    if start not in (EARLIEST, LATEST):
        values.fault("`collect.start` is earliest or latest", "collect", "start")
    for name in (schema or "public", table):
        if not _NAME.fullmatch(name):
            values.fault("`collect.table` is a table or view, such as audit.events: no SQL", "collect", "table")
    certificate, client_key = _pem(values, "certificate"), _pem(values, "client_key")
    if bool(certificate) != bool(client_key):
        values.fault("`collect.certificate` and `collect.client_key` belong together: give both", "collect")
    secret = has_secret_ref(values, "collect", name="password") or values.value("collect", "password") is not None
    return Table(
        host=host,
        port=number,
        database=_name(values, "database"),
        schema=schema or "public",
        table=table,
        columns=_columns(values),
        key=key,
        id=_name(values, "id") if values.value("collect", "id") is not None else key,
        window=window,
        window_is_time=is_time,
        start=start,
        user=_name(values, "user"),
        password=read_secret_ref(values, "collect", name="password") if secret else None,
        tls=values.flag("collect", "tls", default=True),
        ca=_pem(values, "ca"),
        certificate=certificate,
        client_key=client_key,
    )


def _window(values: Values) -> tuple[float | None, bool]:
    found = values.value("collect", "window")
    if found is None:
        return None, False
    if _COUNT.fullmatch(str(found)):
        return float(str(found)), False
    return values.seconds("collect", "window", default="5m", least=0), True


def _columns(values: Values) -> tuple[str, ...]:
    found = values.value("collect", "columns")
    if found is None:
        return ()
    if not isinstance(found, list) or not 0 < len(found) <= _MOST_COLUMNS:
        values.fault("`collect.columns` is a list of names, such as [id, at, actor]", "collect", "columns")
        return ()
    for number, one in enumerate(found):
        if not isinstance(one, str) or not _NAME.fullmatch(one):
            values.fault("a column is a name: no SQL; make a view for more", "collect", "columns", number)
    return tuple(str(one) for one in found)


def _name(values: Values, key: str) -> str:
    found = values.text("collect", key)
    if found and not _NAME.fullmatch(found):
        values.fault(f"`collect.{key}` is a name, at most 63 letters: no SQL", "collect", key)
    return found


def _pem(values: Values, name: str) -> str:
    path = values.text("collect", name, default="")
    if path and (not Path(path).is_absolute() or ".." in Path(path).parts or "\0" in path):
        values.fault(f"`collect.{name}` is the whole path of a PEM file", "collect", name)
    return path
