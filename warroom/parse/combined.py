"""The access-log line that nearly every server writes, cut at its quotes without a regular expression.

``address - - [21/Nov/2026:09:00:00 +0700] "GET /path HTTP/1.1" 200 5120 "referrer" "agent"``: all lines of a chunk
are looked at together, as bytes. A line that differs in anything is left to the patterns of access_log.py, which read
this one too and give the same; a test holds the two together.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import UTC_MICROSECONDS
from warroom.parse.address import ip_column
from warroom.parse.native import outcome_of
from warroom.parse.shapes import Part

_Places = npt.NDArray[np.int64]
_Words = npt.NDArray[np.uint64]
_Mask = npt.NDArray[np.bool_]

_QUOTES: Final = 6
_DASH, _SLASH, _QUOTE, _BACKSLASH = b'-/"\\'
#: Places counted from the first quote: where the address ends and the time begins.
_NOBODY: Final = len(" - - [21/Nov/2026:09:00:00 +0700] ")
_TIME: Final = len("21/Nov/2026:09:00:00 +0700] ")
#: From the second quote: where `` HTTP/1.1`` begins; where the status and the bytes do.
_PROTOCOL: Final = len(" HTTP/1.1")
_STATUS, _SIZE = len('" '), len('" 200 ')
#: Digits that eight bytes hold.
_DIGITS: Final = 8
_METHODS: Final = (b"GET", b"POST", b"HEAD", b"PUT", b"PATCH", b"DELETE", b"OPTIONS")


def cut(text: pa.Array) -> Part | None:
    """Read the ordinary lines of ``text`` (strings, no nulls); rows are indices into it. None where there is none."""
    _, offsets, buffer = text.buffers()
    if buffer is None or not len(text):
        return None
    places = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1].astype(np.int64)
    lines = _Lines(buffer.slice(places[0], places[-1] - places[0]), places - places[0])
    lines.keep(lines.formed())
    lines.keep(lines.spaced())
    if not len(lines.rows):
        return None
    part = lines.part()
    odd = (pc.match_substring(part.core["url_original"], " "), pc.match_substring(part.core["source_address"], " "))
    good = pc.and_not(part.core["source_ip"].is_valid(), pc.or_(*odd))
    good = pc.and_(pc.and_not(good, pc.match_substring(part.core["source_address"], ",")), part.ts.is_valid())
    if not good.false_count:
        return part
    core = {name: column.filter(good) for name, column in part.core.items()}
    return Part(part.rows.filter(good), part.ts.filter(good), core, {}) if good.true_count else None


class _Lines:
    """The lines still looked at: index, beginning and end, and the places of their six quotes in the bytes."""

    def __init__(self, buffer: pa.Buffer, places: _Places) -> None:
        self._buffer = buffer
        self._bytes = np.frombuffer(buffer, np.uint8)
        self._words = np.ndarray((max(0, len(self._bytes) - 7),), "<u8", buffer, 0, (1,))
        marks = np.flatnonzero(self._bytes == _QUOTE)
        first = np.searchsorted(marks, places)
        good = np.diff(first) == _QUOTES
        if (escapes := self._bytes == _BACKSLASH).any():
            good &= np.diff(np.searchsorted(np.flatnonzero(escapes), places)) == 0
        self.rows = np.flatnonzero(good)
        self._begin, self._end = places[self.rows], places[self.rows + 1]
        self._quotes = [marks[first[self.rows] + number] for number in range(_QUOTES)]

    def keep(self, good: _Mask) -> None:
        """Look no longer at the other lines."""
        if not good.all():
            self.rows, self._begin, self._end = self.rows[good], self._begin[good], self._end[good]
            self._quotes = [quote[good] for quote in self._quotes]

    def formed(self) -> _Mask:
        """Say which lines have their quotes as far apart as the words between them need."""
        first, second, third, fourth, fifth, sixth = self._quotes
        size = third - second - _SIZE - 1
        good: _Mask = (
            (first - self._begin > _NOBODY)
            & (second - first > len("GET / HTTP/1.1"))
            & (size > 0)
            & (size <= _DIGITS)
            & (fifth - fourth == len('" '))
            & (sixth == self._end - 1)
        )
        return good

    def spaced(self) -> _Mask:
        """Say which lines have every blank, bracket, dash and digit between the words in its place."""
        first, second, third, fourth, _, _ = self._quotes
        protocol, result = self._eight(second - _PROTOCOL), self._eight(second)
        _, length = self._method()
        _, sized = self._size()
        good: _Mask = (
            _begins(self._eight(first - _NOBODY), b" - - [")
            & _begins(self._eight(first - 2), b'] "')
            & _begins(protocol, b" HTTP/")
            & _is_digit(protocol, 6)
            & (protocol >> np.uint64(56) == ord("."))
            & _is_digit(self._eight(second - 1), 0)
            & ((result & 0xFF00_0000_FF00) == int.from_bytes(b"\0 \0\0\0 ", "little"))
            & _is_digit(result, 2)
            & _is_digit(result, 3)
            & _is_digit(result, 4)
            & sized
            & (self._bytes[third - 1] == ord(" "))
            & (self._bytes[fourth + 1] == ord(" "))
            & (length > 0)
            & (self._bytes[first + 1 + length + 1] == _SLASH)
            & (first + 1 + length + 1 < second - _PROTOCOL)
        )
        return good

    def part(self) -> Part:
        """Cut the columns."""
        first, second, third, fourth, fifth, sixth = self._quotes
        ts = self._times(first - _TIME)
        method, length = self._method()
        size, _ = self._size()
        url_begin, url_end = first + length + 2, second - _PROTOCOL
        client = self._texts(self._begin, first - _NOBODY)
        url = self._texts(url_begin, url_end)
        question = pc.find_substring(url, "?").to_numpy().astype(np.int64)
        path_end = np.where(question < 0, url_end, url_begin + question)
        result = self._eight(second) & 0x0F0F_0F00_00
        status = pa.array(((result >> 16 & 15) * 100 + (result >> 24 & 15) * 10 + (result >> 32 & 15)).astype(np.int32))
        nothing = (third == second + _SIZE + 2) & (self._bytes[third - 2] == _DASH)
        core = {
            "source_ip": ip_column(client),
            "source_address": client,
            "http_request_method": method,
            "http_request_referrer": self._texts_or_dash(third + 1, fourth),
            "http_version": self._texts(second - len("1.1"), second),
            "http_response_status_code": status,
            "http_response_body_bytes": pa.array(size.astype(np.int64), mask=nothing),
            "url_original": url,
            "url_path": self._texts(url_begin, path_end),
            "url_query": self._texts(np.minimum(path_end + 1, url_end), url_end, question < 0),
            "user_agent_original": self._texts_or_dash(fifth + 1, sixth),
            "event_outcome": outcome_of(status),
        }
        return Part(pa.array(self.rows, pa.int32()), ts, core, {})

    def _method(self) -> tuple[pa.Array, _Places]:
        """Give the known methods and their lengths; 0 where it is none of them."""
        words = self._eight(self._quotes[0] + 1)
        code = np.zeros(len(words), np.int64)
        for number, name in enumerate(_METHODS):
            code[_begins(words, name + b" ")] = number + 1
        names = pa.array([None, *(name.decode() for name in _METHODS)], pa.string())
        return names.take(pa.array(code)), np.array([0, *map(len, _METHODS)])[code]

    def _size(self) -> tuple[_Words, _Mask]:
        """Give the number of bytes sent, and whether it is a number of at most eight digits, or a dash."""
        _, second, third, *_ = self._quotes
        length = third - second - _SIZE - 1
        words = self._eight(third - 1 - _DIGITS)
        before = (np.uint64(1) << (8 * (_DIGITS - length)).astype(np.uint64)) - np.uint64(1)
        words = (words & ~before) | (_ZEROS & before)
        digits = ((words & _HIGH) == _ZEROS) & (((words + _SIXES) & _HIGH) == _ZEROS)
        dash = (length == 1) & (words >> 56 == _DASH)
        return _value(words), digits | dash

    def _times(self, begin: _Places) -> pa.Array:
        """Read the times; of lines that follow each other with the same one, once."""
        new = np.zeros(len(begin), np.bool_)
        new[:1] = True
        for step in (0, 8, 16, 18):
            words = self._eight(begin + step)
            new[1:] |= words[1:] != words[:-1]
        texts = self._texts(begin[new], begin[new] + 26).to_pylist()
        distinct = pa.array([usual_time(text) for text in texts], pa.int64()).view(UTC_MICROSECONDS)
        return distinct if new.all() else distinct.take(pa.array(np.cumsum(new) - 1))

    def _eight(self, places: _Places) -> _Words:
        """Give the eight bytes that begin at each place, the first one lowest."""
        return self._words[places]

    def _texts(self, begin: _Places, end: _Places, absent: _Mask | None = None) -> pa.Array:
        """Cut a column of strings; the cuts ascend and lie between characters."""
        count = len(begin)
        offsets = np.empty(2 * count + 1, np.int32)
        offsets[0:-1:2], offsets[1::2], offsets[-1] = begin, end, len(self._bytes)
        pieces = pa.Array.from_buffers(pa.string(), 2 * count, [None, pa.py_buffer(offsets), self._buffer])
        return pieces.take(pa.array(np.arange(0, 2 * count, 2, dtype=np.int32), mask=absent))

    def _texts_or_dash(self, begin: _Places, end: _Places) -> pa.Array:
        """Cut a column in which nothing at all, or a dash, stands for nothing."""
        return self._texts(begin, end, (end == begin) | ((end == begin + 1) & (self._bytes[begin] == _DASH)))


_ZEROS: Final = np.uint64(0x3030_3030_3030_3030)
_SIXES: Final = np.uint64(0x0606_0606_0606_0606)
_HIGH: Final = np.uint64(0xF0F0_F0F0_F0F0_F0F0)
_BYTE: Final = np.uint64(0xFF)


_TIMES: Final = re.compile(
    r"(\d\d)/([A-Z][a-z]{2})/([1-9]\d{3}):([01]\d|2[0-3]):([0-5]\d):([0-5]\d) ([+-])([01]\d|2[0-3])([0-5]\d)", re.ASCII
)
_MONTHS: Final = {
    name: number + 1
    for number, name in enumerate(("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"))
}
_EPOCH: Final = date(1970, 1, 1)


def usual_time(text: str) -> int | None:
    """Read ``21/Nov/2026:09:00:00 +0700`` as microseconds since 1970; None for any other notation."""
    match = _TIMES.fullmatch(text)
    if match is None:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
    try:
        days = (date(int(year), _MONTHS[month], int(day)) - _EPOCH).days
    except (KeyError, ValueError):
        return None
    ahead = int(sign + hours) * 60 + int(sign + minutes)
    return (((days * 24 + int(hour)) * 60 + int(minute) - ahead) * 60 + int(second)) * 1_000_000


def _begins(words: _Words, text: bytes) -> _Mask:
    """Whether the eight bytes begin with a text."""
    mask = np.uint64((1 << 8 * len(text)) - 1)
    same: _Mask = (words & mask) == np.uint64(int.from_bytes(text, "little"))
    return same


def _is_digit(words: _Words, place: int) -> _Mask:
    """Whether the byte at a place of eight is a digit."""
    digit: _Mask = ((words >> np.uint64(8 * place)) & _BYTE) - np.uint64(ord("0")) < np.uint64(10)
    return digit


def _value(words: _Words) -> _Words:
    """Read eight digits as a number: pairs, then fours, then all, each in one multiplication."""
    pairs = (words - _ZEROS) * np.uint64(10) + ((words - _ZEROS) >> np.uint64(8))
    even, odd = np.uint64(0x0000_00FF_0000_00FF), np.uint64(16)
    fours = (pairs & even) * np.uint64(0x000F_4240_0000_0064)
    return (fours + ((pairs >> odd) & even) * np.uint64(0x0000_2710_0000_0001)) >> np.uint64(32)
