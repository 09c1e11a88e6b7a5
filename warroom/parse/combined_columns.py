"""Columns out of ordinary access-log lines by the compiled cutter: texts that return once, others as they come."""

from __future__ import annotations

import secrets
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warroom.model import UTC_MICROSECONDS
from warroom.parse import combined_kernel as kernel
from warroom.parse.address import address
from warroom.parse.shapes import Part

_Ints = npt.NDArray[np.int32]
_Bytes = npt.NDArray[np.uint8]

#: Against texts made to collide.
_SEED: Final = np.uint64(secrets.randbits(64))
_CORE: Final = {
    "source_address": kernel.CLIENT,
    "user_name": kernel.USER,
    "http_request_method": kernel.METHOD,
    "http_request_referrer": kernel.REFERRER,
    "http_version": kernel.VERSION,
    "url_original": kernel.URL,
    "url_path": kernel.PATH,
    "url_query": kernel.QUERY,
    "user_agent_original": kernel.AGENT,
}
_FIELDS: Final = {"http_x_forwarded_for": kernel.FORWARDED}
_OUTCOMES: Final = ("success", "failure")


def cut(text: pa.Array) -> Part | None:
    """Read the ordinary lines of ``text`` (strings, no nulls); None where there is none.

    Rows are indices into ``text``. Columns of text are dictionaries (int32 → string), in which some text may stand
    twice, or that no row has.
    """
    data, places = _padded(text)
    count = len(text)
    rows, times, results = np.empty(count, np.int32), np.empty(count, np.int64), np.empty((2, count), np.int32)
    sent, codes = np.empty(count, np.int64), np.empty((kernel.COLUMNS, count), np.int32)
    values, counts = np.empty((kernel.COLUMNS, count, 2), np.int32), np.zeros(kernel.COLUMNS, np.int64)
    strange = np.empty(count, np.bool_)
    table = np.zeros(1 << (2 * count).bit_length(), np.uint64)
    taken = kernel.cut(data, places, rows, times, results, sent, codes, values, counts, strange, table, _SEED)
    if not taken:
        return None
    codes[kernel.PATH] = codes[kernel.URL]
    columns = {
        name: _coded(codes[column, :taken], _texts(data, values[column, : counts[column]]))
        for name, column in (_CORE | _FIELDS).items()
        if counts[column]
    }
    fields = {name: columns.pop(name) for name in _FIELDS if name in columns}
    clients = columns["source_address"]
    rows, times, sent = rows[:taken], times[:taken], sent[:taken]
    core = {
        **columns,
        "source_ip": _coded(codes[kernel.CLIENT, :taken], _addresses(clients.dictionary, strange)),
        "http_response_status_code": pa.array(results[0, :taken]),
        "http_response_body_bytes": pa.array(sent, mask=sent < 0),
        "event_outcome": _coded(results[1, :taken], pa.array(_OUTCOMES, pa.string())),
    }
    part = Part(pa.array(rows), pa.array(times).view(UTC_MICROSECONDS), core, fields)
    if not core["source_ip"].dictionary.null_count:
        return part
    good = core["source_ip"].dictionary.is_valid().take(clients.indices)
    core, fields = ({name: column.filter(good) for name, column in some.items()} for some in (core, fields))
    core["source_ip"] = core["source_ip"].cast(pa.string()).dictionary_encode()  # without the null
    return Part(part.rows.filter(good), part.ts.filter(good), core, fields) if good.true_count else None


def _padded(text: pa.Array) -> tuple[_Bytes, _Ints]:
    """Give the bytes of texts and their places in them; copied where too little stands behind them."""
    _, offsets, content = text.buffers()
    places = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1]
    data = np.frombuffer(content or b"", np.uint8)
    if places[-1] + kernel.BEYOND > len(data):
        data = np.concatenate([data[places[0] : places[-1]], np.zeros(kernel.BEYOND, np.uint8)])
        places = places - places[0]
    for array in (data, places):
        array.flags.writeable = False  # one kind of array, one compiled function
    return data, places


def _texts(data: _Bytes, spans: _Ints) -> pa.Array:
    """Copy texts out of the lines."""
    size = int(spans[:, 1].sum(dtype=np.int64))
    texts, ends = np.empty(size + kernel.BEYOND, np.uint8), np.zeros(len(spans) + 1, np.int32)
    kernel.gather(data, spans, texts, ends)
    texts[size:] = 0
    return pa.Array.from_buffers(pa.string(), len(spans), [None, pa.py_buffer(ends), pa.py_buffer(texts)], 0)


def _coded(codes: _Ints, texts: pa.Array) -> pa.Array:
    """Make a dictionary; null where a code is below 0."""
    there = codes >= 0
    nulls = len(codes) - int(np.count_nonzero(there))
    valid = pa.py_buffer(np.packbits(there, bitorder="little")) if nulls else None
    indices = pa.Array.from_buffers(pa.int32(), len(codes), [valid, pa.py_buffer(codes)], nulls)
    return pa.DictionaryArray.from_arrays(indices, texts, safe=False)


def _addresses(clients: pa.Array, strange: npt.NDArray[np.bool_]) -> pa.Array:
    """Give the IP addresses of clients, null for those that have none; those that are strange are looked at."""
    places = np.flatnonzero(strange[: len(clients)])
    if not len(places):
        return clients
    found = clients.to_pylist()
    for place in places.tolist():
        found[place] = address(found[place])
    return pa.array(found, pa.string())
