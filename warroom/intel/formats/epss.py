"""Reads FIRST's scores of how likely each vulnerability will be exploited in the next 30 days (EPSS, as CSV).

Its form: a comment with the model and the day, a heading ``cve,epss,percentile``, and about 330,000 rows
(https://www.first.org/epss/data_stats).
"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from warroom.indicators import LIKELY
from warroom.intel.formats.reading import MOST_REFUSED, FormatRefusedError, Reading, Told
from warroom.intel.formats.rows import Rows
from warroom.intel.formats.wording import printable

_COLUMNS: Final = ("cve", "epss", "percentile")
_CVE: Final = "^CVE-[0-9]{4}-[0-9]{4,19}$"
#: 0 to 1, as Python and R write small numbers, too.
_SHARE: Final = r"^(?:0(?:\.[0-9]{1,20})?|1(?:\.0{1,20})?|[0-9](?:\.[0-9]{1,20})?[eE]-[0-9]{1,2})$"
_BLOCK: Final = 8 << 20
_LONGEST_HEADING: Final = 4_096
_SHOWN: Final = 40


def read_epss(content: bytes, told: Told) -> Reading:
    """Read the scores: rows of LIKELY; a row that is none is refused, the others are taken.

    Raises:
        FormatRefusedError: no heading ``cve,epss,percentile`` at its beginning.
    """
    broken: list[csv.InvalidRow] = []
    table = _table(_body(content), broken)
    checks = [_matches(table["cve"], _CVE), *(_matches(table[name], _SHARE) for name in _COLUMNS[1:])]
    sound = np.logical_and.reduce(checks)
    places = np.flatnonzero(sound)
    cves = table["cve"].take(pa.array(places)).cast(pa.string()).combine_chunks()
    once = np.sort(np.unique(cves.dictionary_encode().indices.to_numpy(), return_index=True)[1])
    rows = Rows("epss", told)
    for row in broken[:MOST_REFUSED]:
        rows.refuse(f"line {row.number}: {row.text}", f"{len(_COLUMNS)} columns were expected")
    unsound, repeated = np.flatnonzero(~sound), np.delete(places, once)
    for found, reason in ((unsound, "no row of a CVE and two shares, 0 to 1"), (repeated, "it stands there before")):
        for place in found[:MOST_REFUSED].tolist():
            shown = ",".join(repr(table[name][place].as_py())[2:-1][:_SHOWN] for name in _COLUMNS)
            rows.refuse(f"row {place + 1}: {shown}", reason)
    kept = table.take(pa.array(places[once]))
    likely = pa.Table.from_arrays(
        [
            cves.take(pa.array(once)),
            *(kept[name].cast(pa.string()).cast(pa.float32()) for name in _COLUMNS[1:]),
        ],
        schema=LIKELY,
    )
    refused = len(broken) + len(unsound) + len(repeated)
    reading = replace(rows.finish(), tables={"likely": likely}, refused_count=refused)
    read = len(table) + len(broken)
    return replace(reading, read=read, counts={"scores": read})


def _body(content: bytes) -> bytes:
    """Give the CSV from its heading on."""
    body = content.removeprefix(b"\xef\xbb\xbf")
    if not body.isascii():  # a row that is no text could not be told
        body = body.decode("utf-8", "replace").encode()
    while body.startswith(b"#"):
        body = body.partition(b"\n")[2]
    heading = body[:_LONGEST_HEADING].partition(b"\n")[0].strip().decode("utf-8", "replace")
    if set(_COLUMNS) - {name.strip('"') for name in heading.split(",")}:
        raise FormatRefusedError(
            f"no scores of EPSS: the heading is `{','.join(_COLUMNS)}`, not `{printable(heading, 80)}`"
        )
    return body


def _table(body: bytes, broken: list[csv.InvalidRow]) -> pa.Table:
    """Read the columns as bytes; rows with more or fewer go to ``broken``."""

    def note(row: csv.InvalidRow) -> str:
        broken.append(row)
        return "skip"

    try:
        return csv.read_csv(
            io.BytesIO(body),
            csv.ReadOptions(use_threads=False, block_size=_BLOCK),
            csv.ParseOptions(invalid_row_handler=note),
            csv.ConvertOptions(column_types=dict.fromkeys(_COLUMNS, pa.binary()), include_columns=list(_COLUMNS)),
        )
    except pa.ArrowInvalid as problem:
        raise FormatRefusedError(f"no CSV: {printable(str(problem), 200)}") from None


def _matches(column: pa.ChunkedArray, pattern: str) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.match_substring_regex(column, pattern).to_numpy(), np.bool_)
