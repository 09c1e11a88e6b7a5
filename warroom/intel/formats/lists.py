"""Reads lists of indicators, one a line, as IPsum, Tor, Spamhaus and files of hosts are written.

Comments stand on lines of their own, after ``#``, ``;`` or ``//``, or behind a value and a blank. Counts and other
words behind a value become its comment.
"""

from __future__ import annotations

from typing import Final

import polars as pl
import pyarrow as pa

from warroom.indicators import Kind
from warroom.intel.canonical import many
from warroom.intel.formats.columns import Columns
from warroom.intel.formats.encoding import as_utf8
from warroom.intel.formats.lines import PIECE, numbered, strings
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told
from warroom.intel.formats.wording import printable

COMMENT: Final = "^(?:#|;|//)"
#: Values that have blanks and signs of comments in them: the whole line is one.
_WHOLE: Final = frozenset((Kind.USER_AGENT, Kind.FILE_NAME, Kind.FILE_PATH, Kind.REGISTRY_KEY, Kind.MUTEX))
#: What may be something else beside a value.
_ODD: Final = r"[\s;#,\"']"
#: An address ends where none goes on, anything else at a blank.
_ADDRESS: Final = r"^[\"']?([0-9]+(?:\.[0-9]+){3}(?:[:/][0-9]+)?)(?:[;#,\"'\s].*)?$"
_WORD: Final = r"^[\"']?([^\s\"']+)"
_SPOKEN: Final = r"(?i)^(\S+(?: dot \S+)+)$"
_BEHIND_ADDRESS: Final = r"^[\"']?[0-9.]+(?:[:/][0-9]+)?[;#,\"'](.*)$"
_BEHIND: Final = r"^\S+\s+(.*)$"
_HOSTS: Final = r"^(?:0\.0\.0\.0|127\.0\.0\.1|::1?)\s+([^#]*[^#\s])"
#: What files of hosts say of the machine itself.
_ITSELF: Final = ("localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0")  # noqa: S104 - not bound to


def read_list(content: bytes, told: Told, piece: int = PIECE) -> Reading:
    """Read a list; a line that is no indicator is refused.

    Raises:
        FormatRefusedError: none of the lines is one, or it is no text.
    """
    collected = Columns("list", told)
    read = 0
    for lines in numbered(as_utf8(content), piece):
        rows = lines.filter((pl.col("line") != "") & ~pl.col("line").str.contains(COMMENT))
        if len(rows):
            _take(rows, told.kind, collected)
            read += len(rows)
    if read and not collected.taken:
        first = collected.refused[0].item.partition(": ")[2] if collected.refused else ""
        raise FormatRefusedError(f"none of its {read} lines is an indicator; the first is: {printable(first, 80)}")
    return collected.finish(read)


def _take(rows: pl.DataFrame, kind: Kind | None, collected: Columns) -> None:
    """Take what some lines hold."""
    said: pa.Array | Kind | None = kind
    columns = {}
    if kind in _WHOLE or not rows["line"].str.contains(_ODD).any():
        rows = rows.rename({"line": "value"})
    else:
        rows = _parted(rows, kind)
        said, columns["comment"] = rows["said"].to_arrow(), rows["behind"].to_arrow()
    given = strings(rows["value"])
    collected.add(given, many(said, given), rows["number"].to_numpy(), columns)


def _parted(rows: pl.DataFrame, kind: Kind | None) -> pl.DataFrame:
    """Part values from what stands behind them; a line of a file of hosts may have several."""
    line = pl.col("line")
    hosts = line.str.extract(_HOSTS).str.split(" ")
    return (
        rows.with_columns(hosts=hosts)
        .explode("hosts")
        .filter(pl.col("hosts").is_null() | ((pl.col("hosts") != "") & ~pl.col("hosts").is_in(_ITSELF)))
        .select(
            "number",
            "line",
            value=pl.coalesce(
                pl.col("hosts").str.strip_chars(),
                line.str.extract(_SPOKEN),
                line.str.extract(_ADDRESS),
                line.str.extract(_WORD).str.strip_chars_end(",;"),
                line,
            ),
            behind=pl.when(pl.col("hosts").is_null() & ~line.str.contains(_SPOKEN)).then(
                pl.coalesce(line.str.extract(_BEHIND_ADDRESS), line.str.extract(_BEHIND))
                .str.strip_chars("#;/, \t\"'")
                .replace("", None)
            ),
            said=pl.when(pl.col("hosts").is_not_null())
            .then(pl.lit(str(Kind.DOMAIN)))
            .otherwise(pl.lit(kind and str(kind), pl.String)),
        )
    )
