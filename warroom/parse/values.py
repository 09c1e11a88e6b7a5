"""Texts of fields become values of core columns: what does not fit a column becomes null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

_SUCCESS: Final = (
    "success", "succeeded", "successful", "ok", "pass", "passed", "allow", "allowed", "accept", "accepted", "approve",
    "approved", "permit", "permitted", "grant", "granted", "complete", "completed", "settled", "true", "yes", "1",
    "สำเร็จ", "ผ่าน", "อนุญาต", "อนุมัติ",
)  # fmt: skip
_FAILURE: Final = (
    "failure", "fail", "failed", "error", "deny", "denied", "reject", "rejected", "refused", "block", "blocked", "drop",
    "dropped", "invalid", "timeout", "forbid", "forbidden", "unauthorized", "declined", "false", "no", "0",
    "ล้มเหลว", "ไม่สำเร็จ", "ไม่ผ่าน", "ไม่อนุญาต", "ไม่อนุมัติ", "ปฏิเสธ", "ถูกปฏิเสธ", "ผิดพลาด",
)  # fmt: skip
_METHODS: Final = (
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "PROPPATCH", "MKCOL",
    "COPY", "MOVE", "LOCK", "UNLOCK", "SEARCH", "DEBUG", "TRACK", "PURGE",
)  # fmt: skip


def as_it_is(column: pa.Array) -> pa.Array:
    """Keep every text."""
    return column


def whole(column: pa.Array) -> pa.Array:
    """Read whole numbers of at most 18 digits."""
    digits = _digits_only(column)
    if digits.all():
        return column.cast(pa.int64())
    others = pa.array(~digits)
    rest = column.filter(others)
    fits = pc.match_substring_regex(rest, r"^-?[0-9]{1,18}(\.0+)?$")
    bare = pc.replace_substring_regex(rest, r"\.0+$", "")
    read = pc.if_else(fits, bare, pa.scalar(None, pa.string())).cast(pa.int64())
    plainly = pc.if_else(others, pa.scalar(None, pa.string()), column).cast(pa.int64())
    return pc.replace_with_mask(plainly, others, read)


def _digits_only(column: pa.Array) -> npt.NDArray[np.bool_]:
    """Say which texts are one to 18 digits: at a fraction of what a pattern costs."""
    ends = np.frombuffer(column.buffers()[1] or bytes(4), np.int32)[column.offset : column.offset + len(column) + 1]
    lengths = np.diff(ends)
    found = (lengths >= 1) & (lengths <= 18)  # noqa: PLR2004
    if found.any():
        content = np.frombuffer(column.buffers()[2], np.uint8)[ends[0] : ends[-1]]
        odd = np.flatnonzero(content - np.uint8(ord("0")) > 9) + ends[0]  # noqa: PLR2004
        found[np.searchsorted(ends, odd, side="right") - 1] = False
    if column.null_count:
        found &= column.is_valid().to_numpy(zero_copy_only=False)
    return found


def within(low: int, high: int) -> Callable[[pa.Array], pa.Array]:
    """Read whole numbers of a range, both ends of it among them."""

    def read(column: pa.Array) -> pa.Array:
        number = whole(column)
        fits = pc.and_(pc.greater_equal(number, low), pc.less_equal(number, high))
        return pc.if_else(fits, number, pa.scalar(None, pa.int64()))

    return read


def outcome(column: pa.Array) -> pa.Array:
    """Read words as success or failure; any other text is unknown."""
    word = pc.utf8_lower(pc.utf8_trim_whitespace(column))
    success = pc.is_in(word, pa.array(_SUCCESS))
    failure = pc.is_in(word, pa.array(_FAILURE))
    known = pc.if_else(success, "success", pc.if_else(failure, "failure", "unknown"))
    return pc.if_else(word.is_valid(), known, pa.scalar(None, pa.string()))


def method(column: pa.Array) -> pa.Array:
    """Keep HTTP methods: in a sign-in log ``method`` is another word."""
    upper = pc.utf8_upper(column)
    return pc.if_else(pc.is_in(upper, pa.array(_METHODS)), upper, pa.scalar(None, pa.string()))


def country(column: pa.Array) -> pa.Array:
    """Keep codes of countries, ISO 3166-1 alpha-2."""
    upper = pc.utf8_upper(column)
    return pc.if_else(pc.match_substring_regex(upper, "^[A-Z]{2}$"), upper, pa.scalar(None, pa.string()))


def name(column: pa.Array) -> pa.Array:
    """Leave out the dash that Windows and others write for nobody."""
    return pc.if_else(pc.equal(column, "-"), pa.scalar(None, pa.string()), column)


def paths(column: pa.Array) -> pa.Array:
    """Keep paths and URLs: the ``api`` of a gateway is one, that of a cloud's audit is the name of a call."""
    return pc.if_else(pc.match_substring_regex(column, _PATH), column, pa.scalar(None, pa.string()))


def calls(column: pa.Array) -> pa.Array:
    """Keep what ``paths`` leaves out."""
    return pc.if_else(pc.match_substring_regex(column, _PATH), pa.scalar(None, pa.string()), column)


def verdict(column: pa.Array) -> pa.Array:
    """Keep the outcomes among words that may be states (``open``) or numbers (200)."""
    words = pc.if_else(pc.match_substring_regex(column, "^[0-9]"), pa.scalar(None, pa.string()), column)
    known = outcome(words)
    return pc.if_else(pc.equal(known, "unknown"), pa.scalar(None, pa.string()), known)


def result_code(column: pa.Array) -> pa.Array:
    """Read codes of which 0 is success, and words for outcomes."""
    codes = pc.match_substring_regex(column, "^-?[0-9]+$")
    return pc.if_else(codes, pc.if_else(pc.equal(column, "0"), "success", "failure"), outcome(column))


def port_behind(column: pa.Array) -> pa.Array:
    """Read the port in ``192.0.2.1:443`` and ``[2001:db8::1]:443``."""
    return PORT(pc.struct_field(pc.extract_regex(column, r"^(?:[^:]*|\[[^\]]*\]):(?P<port>[0-9]{1,5})$"), "port"))


def sha256(column: pa.Array) -> pa.Array:
    """Keep what has the length and the digits of a SHA-256."""
    fits = pc.match_substring_regex(column, "^[0-9A-Fa-f]{64}$")
    return pc.if_else(fits, column, pa.scalar(None, pa.string()))


_PATH: Final = r"^(?:/|[A-Za-z][A-Za-z0-9+.-]*://)"
PORT: Final = within(0, 65535)
