"""W3C extended logs: IIS access (6 to 10), HTTP.sys errors (HTTPERR), Amazon CloudFront.

Formats: https://www.w3.org/TR/WD-logfile.html, https://learn.microsoft.com/windows/win32/http/w3c-logging (names of
IIS's fields), https://learn.microsoft.com/troubleshoot/developer/webapps/aspnet/site-behavior-performance/error-logging-http-apis
(HTTPERR), https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html.
Times are UTC in all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import UTC_MICROSECONDS
from warroom.parse import timestamps, w3c_fields
from warroom.parse.shapes import HEADER_LINE, Part, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from warroom.parse.shapes import ParseContext

#: Headers that differ in one batch, and names in one: no server writes as many.
_MOST_HEADERS: Final = 64
_MOST_NAMES: Final = 200
_CLOUDFRONT: Final = "cloudfront"


@dataclass(frozen=True, slots=True)
class _Header:
    """What the lines below it hold; without ``names`` they are told by how they look."""

    names: tuple[str, ...] = ()
    day: date | None = None
    since: str = ""

    def after(self, line: str) -> _Header:
        """Read one more line of a header."""
        name, _, value = line.partition(":")
        value = value.strip()
        if name == "#Fields":
            return _Header(tuple(value.split()[:_MOST_NAMES]), self.day, self.since)
        if name in ("#Date", "#Start-Date"):
            day, _, time = value.partition(" ")
            return _Header(self.names, _day(day), time)
        return self


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read lines below the headers among them and the one in the context; rows are indices into ``text``.

    Lines without a header, as after a restart in the middle of a file, and lines that do not fit theirs are read as
    servers write by default, where the count of their values and what stands in them fit that.
    """
    rejects: list[Reject] = []
    parts: list[Part] = []
    for header, rows in _under_headers(text, context, rejects):
        lines = text if len(rows) == len(text) else text.take(pa.array(rows))
        if header.names and (wrong := w3c_fields.unfit(context.format, header.names)):
            rejects += [Reject(row, wrong) for row in rows.tolist()]
            continue
        usual = w3c_fields.usual(context.format)
        layouts = (header.names, *usual) if header.names else usual
        left = rows
        for names in layouts:
            if not len(left):
                break
            part = _table(lines, left, names, header, context)
            if part is None:
                continue
            parts.append(part)
            kept = ~np.isin(left, part.rows.to_numpy())
            left, lines = left[kept], lines.filter(pa.array(kept))
        reason = _reason(header, context.format)
        rejects += [Reject(row, reason) for row in left.tolist()]
    rejects.sort(key=lambda one: one.row)
    return parts, rejects


def _reason(header: _Header, name: str) -> str:
    if header.names:
        return f"not {len(header.names)} values with a time, as `#Fields` says"
    return f"no `#Fields` line before it says what its values are, and it is not as {name} writes by default"


def _under_headers(
    text: pa.Array, context: ParseContext, rejects: list[Reject]
) -> Iterator[tuple[_Header, npt.NDArray[np.int32]]]:
    """Give the lines by the header above them."""
    header = _Header()
    for line in context.header[: 1 << 16].decode("utf-8", "replace").splitlines():
        header = header.after(line)
    marks = np.flatnonzero(pc.starts_with(text, "#").to_numpy(zero_copy_only=False))
    groups: dict[_Header, list[npt.NDArray[np.int32]]] = {}
    start = 0
    for mark in [*marks.tolist(), len(text)]:
        if mark > start:
            if header not in groups and len(groups) == _MOST_HEADERS:
                rejects += [Reject(row, "too many different headers in one batch") for row in range(start, mark)]
            else:
                groups.setdefault(header, []).append(np.arange(start, mark, dtype=np.int32))
        if mark < len(text):
            line = text[mark].as_py()
            header = header.after(line)
            wrong = w3c_fields.unfit(context.format, header.names) if line.startswith("#Fields") else ""
            rejects.append(Reject(mark, wrong or HEADER_LINE))
        start = mark + 1
    for found, pieces in groups.items():
        yield found, np.concatenate(pieces)


def _table(
    lines: pa.Array, rows: npt.NDArray[np.int32], names: tuple[str, ...], header: _Header, context: ParseContext
) -> Part | None:
    """Read the lines that have as many values as there are names, and a time; None where there is none."""
    values, good = _split(lines, len(names), "\t" if context.format == _CLOUDFRONT else " ")
    rows = rows[good]
    if not len(rows):
        return None
    columns = {
        name: values.take(pa.array(np.arange(place, len(values), len(names)))) for place, name in enumerate(names)
    }
    ts = _times(columns, header, context.now)
    fits = ts.is_valid()
    if names is not header.names:
        fits = pc.and_(fits, w3c_fields.looks_right(columns))
    if fits.false_count:
        rows, ts = rows[fits.to_numpy(zero_copy_only=False)], ts.filter(fits)
        columns = {name: column.filter(fits) for name, column in columns.items()}
    return w3c_fields.part(pa.array(rows), ts, columns, context) if len(rows) else None


def _split(lines: pa.Array, count: int, separator: str) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
    """Cut lines into values, behind each other; and say of which lines, those that have ``count`` of them."""
    pieces = pc.split_pattern(pc.utf8_rtrim(lines, " \r" if separator == " " else "\r"), separator)
    good = pc.equal(pc.list_value_length(pieces), count).to_numpy(zero_copy_only=False)
    if good.all():
        return pieces.flatten(), good
    if separator == " " and not good.all():
        # a name with a blank before it: IIS writes it as it was given
        odd = pc.split_pattern_regex(pc.utf8_trim(lines.filter(pa.array(~good)), " \r"), " +")
        again = pc.equal(pc.list_value_length(odd), count).to_numpy(zero_copy_only=False)
        if again.any():
            both = good.copy()
            both[np.flatnonzero(~good)[again]] = True
            first = np.flatnonzero(good[both])
            second = np.flatnonzero(~good[both])
            joined = pa.concat_arrays([pieces.filter(pa.array(good)), odd.filter(pa.array(again))])
            order = np.argsort(np.concatenate([first, second]))
            return joined.take(pa.array(order)).flatten(), both
    return pieces.filter(pa.array(good)).flatten(), good


def _times(columns: dict[str, pa.Array], header: _Header, now: datetime) -> pa.Array:
    """Join day and time; the day of lines without one is the header's, or the next where midnight has passed."""
    count = len(next(iter(columns.values())))
    time = columns.get("time")
    if time is None:
        return pa.nulls(count, UTC_MICROSECONDS)
    if "date" in columns:
        return timestamps.any_time(pc.binary_join_element_wise(columns["date"], time, "T"), "UTC")
    coded = time.dictionary_encode()
    days = pa.array([_day_of(one, header, now) for one in coded.dictionary.to_pylist()], pa.string())
    return timestamps.any_time(pc.binary_join_element_wise(days, coded.dictionary, "T"), "UTC").take(coded.indices)


def _day_of(time: str, header: _Header, now: datetime) -> str:
    if header.day is not None:
        later = timedelta(days=1) if time < header.since else timedelta(0)
        return (header.day + later).isoformat() if header.day < date.max else header.day.isoformat()
    today = now.astimezone(UTC)
    return (today - timedelta(days=1) if time > f"{today:%H:%M:%S}" else today).date().isoformat()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
