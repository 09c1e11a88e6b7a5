"""What stands around a line is taken off before its own format is looked at: syslog headers, Docker's and CRI's.

Formats: RFC 3164, RFC 5424; https://docs.docker.com/engine/logging/drivers/json-file/ (one JSON object a line);
https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md (time, stream, tag, line).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse import syslog, timestamps
from warroom.parse.json_objects import objects
from warroom.parse.merging import merged
from warroom.parse.native import plain
from warroom.parse.shapes import Columns, Part, Reject

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from warroom.parse.formats import Parser
    from warroom.parse.shapes import ParseContext

_CRI: Final = r"^(?P<time>[0-9]{4}-[^ ]{8,40}) (?P<stream>stdout|stderr) (?P<logtag>[^ ]{1,64}) ?(?P<text>(?s:.*))$"
#: What a syslog header gives to the event within, where that does not say it itself.
_OF_HEADER: Final = ("host_hostname", "process_name", "process_pid")
_HEADER_FIELDS: Final = ("priority", "msgid", "structured_data", "level")
#: Announces JSON in syslog: https://www.rsyslog.com/doc/configuration/modules/mmjsonparse.html.
_COOKIE: Final = r"^@cee: ?"


@dataclass(frozen=True, slots=True)
class _Opened:
    """The texts within the envelopes of some lines, ``rows``, and what the envelopes themselves say."""

    rows: pa.Array
    text: pa.Array
    times: pa.Array
    core: Columns = field(default_factory=dict)
    fields: Columns = field(default_factory=dict)


def parse(text: pa.Array, context: ParseContext, parser: Parser) -> tuple[list[Part], list[Reject]]:
    """Read lines in an envelope with the parser of what is within; rows are indices into ``text``."""
    opened, rejects = _OPENERS[context.options.envelope](text, context)
    fits = pc.and_(
        pc.not_equal(pc.utf8_trim_whitespace(opened.text), ""), pc.invert(pc.match_substring(opened.text, "\0"))
    ).fill_null(False)
    if fits.false_count:
        reason = f"nothing within the {context.options.envelope} envelope, or NUL bytes"
        rejects += [Reject(row, reason) for row in opened.rows.filter(pc.invert(fits)).to_pylist()]
        opened = _Opened(
            opened.rows.filter(fits),
            opened.text.filter(fits),
            opened.times.filter(fits),
            {name: column.filter(fits) for name, column in opened.core.items()},
            {name: column.filter(fits) for name, column in opened.fields.items()},
        )
    parts, refused = parser(opened.text, context)
    rejects += [Reject(opened.rows[one.row].as_py(), one.reason) for one in refused]
    return [_around(part, opened, context.now) for part in parts], rejects


def within(text: pa.Array, context: ParseContext) -> pa.Array:
    """Give the texts within the envelopes that lines stand in, of those lines that have one and are not empty."""
    texts = _OPENERS[context.options.envelope](text, context)[0].text
    return texts.filter(pc.not_equal(pc.utf8_trim_whitespace(texts), "").fill_null(False))


def _around(part: Part, opened: _Opened, now: datetime) -> Part:
    """Add to events what their envelopes say and they do not; without a time of their own they have the envelope's."""
    ts = part.ts.cast(opened.times.type)
    unknown = pc.equal(ts, pa.scalar(now, ts.type))  # the time of reading is what parsers put where there is none
    outer = opened.times.take(part.rows)
    core = dict(part.core)
    for name, column in opened.core.items():
        told = column.take(part.rows)
        core[name] = told if name not in core else pc.coalesce(plain(core[name]).cast(told.type), told)
    fields = dict(part.fields)
    for name, column in opened.fields.items():
        told = column.take(part.rows)
        if name not in fields:
            fields[name] = told
        elif pa.types.is_string(plain(fields[name]).type):
            fields[name] = pc.coalesce(plain(fields[name]), told)
    ts = pc.if_else(pc.and_(unknown, outer.is_valid()), outer, ts)
    return replace(part, rows=opened.rows.take(part.rows), ts=ts, core=core, fields=fields, names=None)


def _syslog(text: pa.Array, context: ParseContext) -> tuple[_Opened, list[Reject]]:
    parts, rejects = syslog.parse(text, replace(context, format="syslog", mapping={}))
    if not parts:
        return _nothing(), rejects
    part = merged([_header(part) for part in parts])
    core = dict(part.core)
    within = pc.replace_substring_regex(core.pop("message").fill_null(""), _COOKIE, "")
    return _Opened(part.rows, within, part.ts, core, part.fields), rejects


def _header(part: Part) -> Part:
    """Keep what the header says, not what a known program's message does."""
    core = {name: part.core[name] for name in ("message", *_OF_HEADER)}
    fields = {name: part.fields.get(name, pa.nulls(len(part.rows), pa.string())) for name in _HEADER_FIELDS}
    return Part(part.rows, part.ts, core, fields)


def _docker(text: pa.Array, _: ParseContext) -> tuple[_Opened, list[Reject]]:
    rows: list[int] = []
    rejects: list[Reject] = []
    kept: list[int] = []
    found: list[tuple[str, str | None, str | None]] = []
    attributes: dict[str, list[str | None]] = {}
    for entry in objects(text, rows, rejects):
        log = entry.get("log")
        if not isinstance(log, str):
            rejects.append(Reject(rows[-1], 'no line of Docker: expected {"log":"…","stream":"…","time":"…"}'))
            continue
        kept.append(rows[-1])
        found.append((log.removesuffix("\n").removesuffix("\r"), _text(entry.get("stream")), _text(entry.get("time"))))
        attrs = entry.get("attrs")
        for name, value in attrs.items() if isinstance(attrs, Mapping) else ():
            if name in attributes or len(attributes) < _MOST_ATTRIBUTES:
                column = attributes.setdefault(name, [])
                column += [None] * (len(kept) - 1 - len(column)) + [_text(value)]
    texts, streams, times = ([one[place] for one in found] for place in range(3))
    fields = {"stream": pa.array(streams, pa.string())}
    for name, column in attributes.items():
        fields[f"attrs.{name}"] = pa.array(column + [None] * (len(kept) - len(column)), pa.string())
    known = timestamps.any_time(pa.array(times, pa.string()), "UTC")
    return _Opened(pa.array(kept, pa.int32()), pa.array(texts, pa.string()), known, {}, fields), rejects


_MOST_ATTRIBUTES: Final = 64


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None if value is None else str(value)


def _cri(text: pa.Array, _: ParseContext) -> tuple[_Opened, list[Reject]]:
    groups = pl.Series(text, dtype=pl.String).str.extract_groups(_CRI).to_arrow()
    found = {kind.name: groups.field(number).cast(pa.string()) for number, kind in enumerate(groups.type)}
    good = found["text"].is_valid()
    rejects = [
        Reject(row, "no line of a container runtime: expected `time stdout|stderr P|F text`")
        for row, fits in enumerate(good.to_pylist())
        if not fits
    ]
    found = {name: column.filter(good) for name, column in found.items()}
    rows = pa.arange(0, len(text), 1).cast(pa.int32()).filter(good)
    times = timestamps.any_time(found.pop("time"), "UTC")
    return _Opened(rows, found.pop("text"), times, {}, found), rejects


def _nothing() -> _Opened:
    return _Opened(pa.array([], pa.int32()), pa.array([], pa.string()), pa.array([], pa.timestamp("us", "UTC")))


_OPENERS: Final[Mapping[str, Callable[[pa.Array, ParseContext], tuple[_Opened, list[Reject]]]]] = {
    "syslog": _syslog,
    "docker": _docker,
    "cri": _cri,
}
