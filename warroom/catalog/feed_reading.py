"""What a feed says under ``parse``: its format, its zone and what the format leaves open."""

from __future__ import annotations

import ipaddress
import typing
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from warroom.catalog.expressions import beginning_fault, named_groups
from warroom.catalog.values import meant
from warroom.errors import UsageError
from warroom.log_formats import FORMATS
from warroom.log_notation import FormatError, compiled
from warroom.model import CORE
from warroom.reading import Envelope, Era, Kind, Options
from warroom.time_notation import expression

if TYPE_CHECKING:
    from warroom.catalog.values import Values

KEYS: Final = (
    "format", "timezone", "fields", "kinds", "columns", "header", "delimiter", "assigns", "pattern", "log_format",
    "time_format", "era", "begins", "envelope", "proxies",
)  # fmt: skip
#: Keys that only some formats look at: saying them elsewhere is a mistake, not a wish.
_ONLY: Final[Mapping[str, tuple[str, ...]]] = {
    "columns": ("csv",),
    "header": ("csv",),
    "delimiter": ("csv", "kv"),
    "assigns": ("kv",),
    "pattern": ("pattern",),
    "log_format": ("nginx_custom", "apache_custom", "postgresql"),
}
_KINDS: Final[tuple[str, ...]] = typing.get_args(Kind)
_ENVELOPES: Final[tuple[str, ...]] = tuple(one for one in typing.get_args(Envelope) if one)
_ERAS: Final[tuple[str, ...]] = tuple(one for one in typing.get_args(Era) if one)
_MOST_COLUMNS: Final = 500
_MOST_PROXIES: Final = 1_000
_LONGEST_SIGN: Final = 8
#: Stands between the names of fields that are a time together.
_AND: Final = " + "


def read_format(values: Values) -> str:
    """Read the format."""
    return values.choice("parse", "format", known=FORMATS, what="format")


def read_timezone(values: Values) -> str:
    """Read the zone of times that name none."""
    name = values.text("parse", "timezone", default="Asia/Bangkok")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        values.fault(f"there is no time zone `{name}`: use a name such as Asia/Bangkok or UTC", "parse", "timezone")
    return name


def read_mapping(values: Values) -> dict[str, str]:
    """Read which core column is filled from which field of the source."""
    found: object = values.value("parse", "fields")
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        values.fault("`parse.fields` holds lines `core column: field of the source`", "parse", "fields")
        return {}
    columns = ("ts", *CORE)
    for column, native in found.items():
        if column not in columns:
            values.fault(f"there is no core column `{column}`{meant(str(column), columns)}", "parse", "fields", column)
        if not isinstance(native, str) or not native:
            values.fault("a field of the source is a text", "parse", "fields", column)
    return dict(found)


def read_options(values: Values) -> Options:
    """Read what the format leaves open."""
    for key, formats in _ONLY.items():
        if values.value("parse", key) is not None and values.value("parse", "format") not in formats:
            values.fault(f"`parse.{key}` is for the format {' or '.join(formats)}: leave it out", "parse", key)
    columns, pattern = _columns(values), values.text("parse", "pattern", default="")
    header = values.flag("parse", "header", default=False)
    named = values.value("parse", "format")
    if named == "csv" and values.value("parse", "columns") is None and not header:
        reason = (
            "a csv feed names its columns: `columns: [time, src_ip, …]`, or `header: true` where the first line does"
        )
        values.fault(reason, "parse", "format")
    known = list(columns)
    if pattern and named == "pattern":
        known, fault = named_groups(pattern)
        if fault:
            values.fault(f"`parse.pattern` cannot be used: {fault}", "parse", "pattern")
    elif named == "pattern":
        reason = "`parse.pattern` is missing: a regular expression whose named groups are the fields"
        values.fault(reason, "parse", "format")
    kinds = _kinds(values)
    if known:
        _check_known(values, known)
    return Options(
        begins=_begins(values),
        envelope=cast("Envelope", _choice(values, "envelope", _ENVELOPES)),
        kinds=kinds,
        columns=columns,
        header=header,
        delimiter=_sign(values, "delimiter"),
        assigns=_sign(values, "assigns"),
        pattern=pattern,
        log_format=_log_format(values),
        time_format=_time_format(values),
        era=cast("Era", _choice(values, "era", _ERAS)),
        proxies=_proxies(values),
    )


def _choice(values: Values, key: str, known: tuple[str, ...]) -> str:
    return values.choice("parse", key, known=known, what=key) if values.value("parse", key) is not None else ""


def _texts(values: Values, key: str, most: int, example: str) -> tuple[str, ...]:
    """Read a list of texts, of which none is empty."""
    found = values.value("parse", key)
    if found is None:
        return ()
    if not isinstance(found, list) or not found or len(found) > most:
        values.fault(f"`parse.{key}` is a list of one to {most} texts, such as {example}", "parse", key)
        return ()
    for place, one in enumerate(found):
        if not isinstance(one, str) or not one.strip():
            values.fault(f"an entry of `parse.{key}` is a text: put it in quotation marks", "parse", key, place)
    return tuple(one for one in found if isinstance(one, str))


def _columns(values: Values) -> tuple[str, ...]:
    found = _texts(values, "columns", _MOST_COLUMNS, "[time, src_ip, action]")
    for place, one in enumerate(found):
        if one in found[:place]:
            values.fault(f"the column `{one}` comes twice: columns have names of their own", "parse", "columns", place)
    return found


def _kinds(values: Values) -> dict[str, Kind]:
    found = values.value("parse", "kinds")
    if found is None:
        return {}
    if not isinstance(found, dict):
        values.fault(f"`parse.kinds` holds lines `field: kind`; kinds: {', '.join(_KINDS)}", "parse", "kinds")
        return {}
    for name, kind in found.items():
        if not isinstance(name, str):
            values.fault("the name of a field is a text: put it in quotation marks", "parse", "kinds", name)
        if kind not in _KINDS:
            known = ", ".join(_KINDS)
            values.fault(f"there is no kind `{kind}`{meant(str(kind), _KINDS)}; known: {known}", "parse", "kinds", name)
    return {name: cast("Kind", kind) for name, kind in found.items() if isinstance(name, str) and kind in _KINDS}


def _check_known(values: Values, known: list[str]) -> None:
    """Fields that the columns or the expression do not have are misspelt."""
    for key, found in (("fields", values.value("parse", "fields")), ("kinds", values.value("parse", "kinds"))):
        for name, native in found.items() if isinstance(found, dict) else ():
            field = native if key == "fields" else name
            together = field.split(_AND) if isinstance(field, str) and field not in known else ()
            for one in together if name == "ts" else together and (str(field),):
                if one not in known:
                    told = f"{meant(one, known)}; known: {', '.join(known[:20])}"
                    values.fault(f"there is no field `{one}`{told}", "parse", key, name)


def _sign(values: Values, key: str) -> str:
    found = values.value("parse", key)
    if found is None:
        return ""
    if not isinstance(found, str) or not 0 < len(found) <= _LONGEST_SIGN or set(found) & set("\"'\r\n\\"):
        reason = f'`parse.{key}` is a sign or a few, such as ";" or "\\t", and no quotation mark'
        values.fault(reason, "parse", key)
        return ""
    return found


def _time_format(values: Values) -> str:
    found = values.text("parse", "time_format", default="")
    if found:
        try:
            expression(found)
        except UsageError as problem:
            values.fault(f"`parse.time_format`: {problem}", "parse", "time_format")
    return found


def _log_format(values: Values) -> str:
    found = values.text("parse", "log_format", default="")
    style = {"nginx_custom": "nginx", "apache_custom": "apache"}.get(str(values.value("parse", "format")))
    if style and not found:
        directive = "log_format" if style == "nginx" else "LogFormat"
        reason = f"`parse.log_format` is missing: copy the `{directive}` from the configuration of {style}"
        values.fault(reason, "parse", "format")
    elif style:
        try:
            compiled(found, style)
        except FormatError as problem:
            values.fault(f"`parse.log_format` cannot be used: {problem}", "parse", "log_format")
    return found


def _begins(values: Values) -> str:
    found = values.text("parse", "begins", default="")
    if found and (fault := beginning_fault(found)):
        values.fault(f"`parse.begins` cannot be used: {fault}", "parse", "begins")
    return found


def _proxies(values: Values) -> tuple[str, ...]:
    found = _texts(values, "proxies", _MOST_PROXIES, '["10.0.0.0/8", "2001:db8::/32"]')
    for place, one in enumerate(found):
        try:
            network = ipaddress.ip_network(one)
        except ValueError as problem:
            values.fault(f"`{one}` is no network: {problem}; write such as 10.0.0.0/8", "parse", "proxies", place)
            continue
        if not network.prefixlen:
            values.fault(f"`{one}` trusts everybody, so that anyone may invent an address", "parse", "proxies", place)
    return found
