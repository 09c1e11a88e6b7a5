"""Compiled: access-log lines are cut into spans, numbers and codes in one pass.

Whoever calls these keeps ``BEYOND`` bytes behind the lines. A line is taken only where every byte of it is as it should
be, so that what stands behind it is looked at but never counts.
"""

# ruff: noqa: ANN001, ANN201, ANN202, C901, PLR0912, PLR0913, PLR0915, PLR0917, PLR1714, PLR2004
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types; it names bytes by their numbers, and what is
# done for each line stands in one place.

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.machine.kernels import inline, kernel
from warroom.machine.words import copy, load
from warroom.parse.json_hash import hashed, same
from warroom.parse.line_pieces_kernel import (
    NO_TIME,
    blank_from,
    client_end_from,
    has_colon,
    is_ipv4,
    midnight_of,
    quote_from,
    second_of,
    two,
    url_end_from,
)

#: Bytes looked at beyond the last line.
BEYOND: Final = 64
#: The columns of texts. Paths are numbered as the URLs they are of, and so are queries.
CLIENT, USER, METHOD, URL, PATH, QUERY, VERSION, REFERRER, AGENT, FORWARDED = range(10)
COLUMNS: Final = 10

_U0: Final = np.uint64(0)
_U1: Final = np.uint64(1)
_U16: Final = np.uint64(16)
_U32: Final = np.uint64(32)
_HIGH: Final = np.uint64(0xFFFF_FFF0_0000_0000)
_LOW: Final = np.uint64(0xFFFF_FFFF)
_HTTP: Final = np.uint64(int.from_bytes(b" HTTP/", "little"))
_SIX: Final = np.uint64(0xFFFF_FFFF_FFFF)
_THREE: Final = np.uint64(0xFF_FFFF)
_BETWEEN: Final = np.uint64(int.from_bytes(b'" "', "little"))
_CLOSED: Final = np.uint64(int.from_bytes(b'] "', "little"))
#: Texts looked at before a text counts as new.
_PROBES: Final = 8
#: A column with more texts than this, and with three for four lines, is not looked through any more.
_MANY: Final = 1024
_LEAST: Final = len(' [21/Nov/2026:09:00:00 +0700] "G / HTTP/1" 200 -')
_MOST_LETTERS: Final = 16
_MOST_DIGITS: Final = 18
_MOST_VERSION: Final = 8


@kernel
def _code(data, at, length, column, line, values, counts, table, seed):
    """Give a text's number in its column; one that is not found soon, or at all, has a new one."""
    number = counts[column]
    if number < _MANY or 4 * number < 3 * line:
        found = hashed(data, at, np.int64(length), seed)
        tag = (found & _HIGH) | (np.uint64(column) << _U32)
        mask = np.uint64(len(table) - 1)
        place = found & mask
        for _ in range(_PROBES):
            entry = table[place]
            if entry == _U0:
                table[place] = tag | np.uint64(number + 1)
                break
            if entry & ~_LOW == tag:
                other = np.int64(entry & _LOW) - 1
                begin = np.int64(values[column, other, 0])
                if values[column, other, 1] == length and same(data, at, data, begin, length):
                    return other
            place = (place + _U1) & mask
    values[column, number, 0] = at
    values[column, number, 1] = length
    counts[column] = number + 1
    return number


@inline
def _some(data, at, end, column, line, values, counts, table, seed):
    """Give a text's number as ``_code`` does, -1 for none: a dash or nothing at all."""
    if end == at or (end == at + 1 and data[at] == 45):
        return np.int64(-1)
    return _code(data, at, end - at, column, line, values, counts, table, seed)


@kernel
def cut(data, places, rows, times, results, sent, codes, values, counts, strange, table, seed):
    """Cut the lines that are written as usual; give how many there are.

    Args:
        data: the lines, one behind the other.
        places: where each begins, and where the last one ends.
        rows: which lines were taken.
        times: of each of them, in microseconds since 1970.
        results: status, and whether it is a failure (1) or not (0).
        sent: bytes, -1 for a dash.
        codes: for each of the ``COLUMNS`` the number of each line's text, -1 for none; not of ``PATH``.
        values: for each column, begin and length of the texts numbered; room for as many as there are lines.
        counts: how many texts each column has; zeros.
        strange: which of the clients are not four numbers.
        table: zeros, a power of two; where it is full, texts are numbered again.
        seed: of the hashes, against texts made to collide.
    """
    taken = 0
    midnight = NO_TIME
    date = year = zone = _U0
    version_at = method_at = np.int64(-1)
    method_length = version_length = np.int64(0)
    method_code = version_code = np.int64(0)
    for row in range(len(places) - 1):
        begin, end = np.int64(places[row]), np.int64(places[row + 1])
        at = client_end_from(data, begin, end)
        if at <= begin or data[at + 1] != 45 or data[at + 2] != 32:
            continue
        four = is_ipv4(data, begin, at - begin)
        if not four and not has_colon(data, begin, at):
            continue
        client_end, user = at, at + 3
        at = user + 1
        if data[user] != 45 or data[at] != 32:
            at = blank_from(data, user, end)
            if at == user or at + 1 >= end or data[at] != 32:
                continue
        user_end = at
        if data[at + 1] != 91 or at + _LEAST > end:
            continue
        at += 2
        if load(data, at) != date or load(data, at + 4) != year or load(data, at + 18) >> _U16 != zone:
            date, year, zone = load(data, at), load(data, at + 4), load(data, at + 18) >> _U16
            midnight = midnight_of(data, at)
        second = second_of(data, at + 12)
        if midnight == NO_TIME or second == NO_TIME or load(data, at + 26) & _THREE != _CLOSED:
            continue
        at += 29
        method = at
        while 65 <= data[at] & 223 <= 90 and at - method < _MOST_LETTERS:
            at += 1
        length = at - method
        if length == 0 or data[at] != 32 or data[at + 1] != 47:
            continue
        url = at + 1
        url_end, question = url_end_from(data, url, end)
        if url_end >= end or load(data, url_end) & _SIX != _HTTP:
            continue
        at = version = url_end + 6
        while (48 <= data[at] <= 57 or data[at] == 46) and at - version < _MOST_VERSION:
            at += 1
        version_size = at - version
        if version_size == 0 or data[at] != 34 or data[at + 1] != 32 or data[at + 5] != 32:
            continue
        high, low = np.int64(data[at + 2]) - 48, two(data, at + 3)
        if not 0 <= high <= 9 or low > 99:
            continue
        status = 100 * high + low
        at += 6
        size = np.int64(0)
        first = at
        while at < end and 48 <= data[at] <= 57 and at - first <= _MOST_DIGITS:
            size = 10 * size + data[at] - 48
            at += 1
        if at == first:
            if at >= end or data[at] != 45:
                continue
            size = np.int64(-1)
            at += 1
        elif at - first > _MOST_DIGITS:
            continue
        referrer = referrer_end = agent = agent_end = forwarded = forwarded_end = end
        if at != end:
            if data[at] != 32 or data[at + 1] != 34:
                continue
            referrer = at + 2
            referrer_end = quote_from(data, referrer, end)
            if referrer_end >= end or load(data, referrer_end) & _THREE != _BETWEEN:
                continue
            agent = referrer_end + 3
            agent_end = quote_from(data, agent, end)
            if agent_end >= end or data[agent_end] != 34:
                continue
            if agent_end != end - 1:
                if load(data, agent_end) & _THREE != _BETWEEN:
                    continue
                forwarded = agent_end + 3
                forwarded_end = quote_from(data, forwarded, end)
                if forwarded_end != end - 1 or data[forwarded_end] != 34:
                    continue
        number = _code(data, begin, client_end - begin, CLIENT, taken, values, counts, table, seed)
        strange[number] = not four
        codes[CLIENT, taken] = number
        codes[USER, taken] = _some(data, user, user_end, USER, taken, values, counts, table, seed)
        if method_at < 0 or length != method_length or not same(data, method, data, method_at, length):
            method_code = _code(data, method, length, METHOD, taken, values, counts, table, seed)
            method_at, method_length = method, length
        codes[METHOD, taken] = method_code
        number = _code(data, url, url_end - url, URL, taken, values, counts, table, seed)
        path_end = url_end if question < 0 else question
        values[PATH, number, 0], values[PATH, number, 1] = url, path_end - url
        query = min(path_end + 1, url_end)
        values[QUERY, number, 0], values[QUERY, number, 1] = query, url_end - query
        codes[URL, taken] = number
        codes[QUERY, taken] = -1 if question < 0 else number
        if version_at < 0 or version_size != version_length or not same(data, version, data, version_at, version_size):
            version_code = _code(data, version, version_size, VERSION, taken, values, counts, table, seed)
            version_at, version_length = version, version_size
        codes[VERSION, taken] = version_code
        codes[REFERRER, taken] = _some(data, referrer, referrer_end, REFERRER, taken, values, counts, table, seed)
        codes[AGENT, taken] = _some(data, agent, agent_end, AGENT, taken, values, counts, table, seed)
        codes[FORWARDED, taken] = _some(data, forwarded, forwarded_end, FORWARDED, taken, values, counts, table, seed)
        rows[taken] = row
        times[taken] = (midnight + second) * 1_000_000
        results[0, taken] = status
        results[1, taken] = status >= 400
        sent[taken] = size
        taken += 1
    counts[PATH] = counts[QUERY] = counts[URL]
    return taken


@kernel
def gather(data, spans, texts, ends):
    """Copy texts behind each other.

    Args:
        data: where they stand; ``BEYOND`` bytes more.
        spans: begin and length of each.
        texts: where they go; room for ``BEYOND`` bytes more.
        ends: where each ends there, from the second place on; the first is 0.
    """
    used = 0
    for number in range(len(spans)):
        at, length = np.int64(spans[number, 0]), np.int64(spans[number, 1])
        for step in range(0, length, 64):
            copy(data, at + step, texts, used + step)
            copy(data, at + step + 32, texts, used + step + 32)
        used += length
        ends[number + 1] = used
