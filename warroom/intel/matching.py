"""Events are compared with an index, column by column: which rows have what is listed.

Most texts are set aside in compiled functions; what may be listed is compared exactly, each distinct text once. Without
a compiler every distinct text is: slower, the same answers.

Compared are the core columns below, and of the fields under their sources' own names those of ``FIELDS``. A log that
has only the path of a URL and no host is not compared with URLs: ``/login`` is anybody's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warroom.indicators import HASHES, Kind
from warroom.intel import observed
from warroom.intel.columns import Column, Ints, Places, columns, texts_of
from warroom.intel.index import Index
from warroom.intel.sieves import Sieve, hosts_of, passing
from warroom.machine.ip_numbers import ip_numbers, numbers_of
from warroom.machine.texts import spans
from warroom.model import FIELDS as NATIVE

_ADDRESSES: Final = ("source_ip", "destination_ip", "source_address", "destination_address", "url_domain")
_NAMES: Final = ("url_domain", "dns_question_name", "destination_address", "source_address")
#: Columns with URLs, in which the host is listed, too.
URLS: Final = ("url_original", "http_request_referrer")
_DIGESTS: Final = ("file_hash_sha256",)
_MAILBOXES: Final = ("user_name",)
_AGENTS: Final = ("user_agent_original",)

#: Fields with hashes of files: what logs call them.
_DIGEST_FIELDS: Final = (
    "Hashes", "Hash", "hashes", "hash", "MD5", "SHA1", "SHA256", "md5", "sha1", "sha256", "sha512", "file_hash",
    "fileHash", "filehash", "FileHash", "fileinfo.md5", "fileinfo.sha1", "fileinfo.sha256", "hash_before", "hash_after",
    "filedigest", "file.hash.md5", "file.hash.sha1", "file.hash.sha256", "winlog.event_data.Hashes",
)  # fmt: skip
#: Fields with the senders of mail …
_SENDER_FIELDS: Final = (
    "from", "sender", "sasl_sender", "mailfrom", "mail_from", "suser", "smtp.mail_from", "email.from", "reply_to",
)  # fmt: skip
#: … and with whom it is for.
_RECIPIENT_FIELDS: Final = (
    "to", "recipient", "recipients", "orig_to", "rcptto", "rcpt_to", "duser", "smtp.rcpt_to", "email.to", "email.cc",
)  # fmt: skip
#: Fields that are compared besides core columns.
FIELDS: Final = frozenset((*_DIGEST_FIELDS, *_SENDER_FIELDS, *_RECIPIENT_FIELDS))
#: Where a hit says that somebody came to us; everywhere else somebody of ours went there, or has it.
INBOUND: Final = frozenset(
    ("source_ip", "source_address", "user_agent_original", "http_request_referrer", "user_name", *_SENDER_FIELDS)
)
_IPS: Final = frozenset((Kind.IPV4, Kind.IPV6))


class _Text(NamedTuple):
    """Where a kind of text stands, and how it is read."""

    kinds: frozenset[Kind]
    columns: tuple[str, ...]
    fields: tuple[str, ...]
    sieve: Sieve
    reader: observed.Reader


_TEXTS: Final = (
    _Text(frozenset((Kind.DOMAIN,)), _NAMES, (), Sieve.NAME, observed.names),
    _Text(frozenset((Kind.USER_AGENT,)), _AGENTS, (), Sieve.AGENT, observed.agents),
    _Text(HASHES, _DIGESTS, _DIGEST_FIELDS, Sieve.DIGEST, observed.digests),
    _Text(
        frozenset((Kind.EMAIL,)), _MAILBOXES, (*_SENDER_FIELDS, *_RECIPIENT_FIELDS), Sieve.MAILBOX, observed.mailboxes
    ),
)


@dataclass(frozen=True, slots=True)
class Hits:
    """Which rows have what is listed; each row and entry once, by the first column that has it.

    Attributes:
        rows: of the batch, ascending.
        entries: of the index.
        columns: places in ``names``.
        names: core columns and fields.
        observed: what stands there.
    """

    rows: Places
    entries: Ints
    columns: Ints
    names: tuple[str, ...]
    observed: pa.Array

    def __len__(self) -> int:
        return len(self.rows)


def without(hits: Hits, places: Sequence[int]) -> Hits:
    """Leave out hits by their places."""
    left = np.ones(len(hits), np.bool_)
    left[list(places)] = False
    return some(hits, left)


def some(hits: Hits, wanted: npt.NDArray[np.bool_]) -> Hits:
    """Give those hits that are wanted."""
    texts = hits.observed.filter(pa.array(wanted))
    return Hits(hits.rows[wanted], hits.entries[wanted], hits.columns[wanted], hits.names, texts)


@dataclass(slots=True)
class _Found:
    rows: list[Places]
    entries: list[Ints]
    columns: list[Ints]
    names: list[str]
    observed: list[pa.Array]

    def add(self, name: str, rows: Places, entries: Ints, texts: pa.Array) -> None:
        if len(rows):
            self.rows.append(rows)
            self.entries.append(entries)
            self.columns.append(np.full(len(rows), len(self.names), np.int32))
            self.names.append(name)
            self.observed.append(texts)

    def hits(self) -> Hits:
        if not self.names:
            nothing = np.zeros(0, np.int32)
            return Hits(np.zeros(0, np.int64), nothing, nothing, (), pa.array([], pa.string()))
        rows, entries, columns = np.concatenate(self.rows), np.concatenate(self.entries), np.concatenate(self.columns)
        # stable: the first column of those that have it
        order = np.lexsort((columns, entries, rows))
        rows, entries, columns = rows[order], entries[order], columns[order]
        first = np.ones(len(rows), np.bool_)
        first[1:] = (rows[1:] != rows[:-1]) | (entries[1:] != entries[:-1])
        texts = pa.concat_arrays(self.observed).take(pa.array(order[first]))
        return Hits(rows[first], entries[first], columns[first], tuple(self.names), texts)


def compared(index: Index) -> tuple[str, ...]:
    """Give the columns that ``match`` looks at; ``fields`` where any of ``FIELDS`` are among them."""
    kinds = index.kinds
    wanted = [
        *(_ADDRESSES if kinds & _IPS else ()),
        *(URLS if kinds & (_IPS | {Kind.DOMAIN, Kind.URL}) else ()),
        *(("url_domain", "url_path", "url_query") if Kind.URL in kinds else ()),
    ]
    for one in _TEXTS:
        if kinds & one.kinds:
            wanted += [*one.columns, *((NATIVE,) if one.fields else ())]
    return tuple(dict.fromkeys(wanted))


def match(batch: pa.RecordBatch, index: Index) -> Hits:
    """Compare events with an index.

    Args:
        batch: events: core columns as strings or dictionaries of them, ``fields`` as a struct or a map; columns that
            are not there are not compared.
        index: what is listed.
    """
    found = _Found([], [], [], [], [])
    kinds = index.kinds
    if index.networks.count:
        for column in columns(batch, _ADDRESSES):
            if column.name != "source_address" or not _same(batch, "source_ip", "source_address"):
                _compare_addresses(column, index, found)
    for one in _TEXTS:
        if kinds & one.kinds:
            for column in columns(batch, one.columns, one.fields):
                _compare(column, index, found, one)
    if kinds & (_IPS | {Kind.DOMAIN, Kind.URL}):
        for column in columns(batch, URLS):
            _compare_urls(column, index, found)
    if Kind.URL in kinds:
        _compare_parts(batch, index, found)
    return found.hits()


def _compare_addresses(column: Column, index: Index, found: _Found) -> None:
    places, entries = index.networks.find(ip_numbers(column.values))
    _add(column, places, entries, found)


def _compare(column: Column, index: Index, found: _Found, one: _Text) -> None:
    """Compare texts of one kind."""
    places: Places | None = None
    if index.sieves is not None:
        where = spans(column.values)
        places = _given(
            column.values, passing(one.sieve, index.sieves[one.sieve], where, parents=one.sieve is Sieve.NAME)
        )
    _compare_exactly(column, places, index, found, one.reader)


def _compare_urls(column: Column, index: Index, found: _Found) -> None:
    """Compare whole URLs, and the hosts in them."""
    places: Places | None = None
    if index.sieves is not None:
        where, odd = hosts_of(spans(column.values))
        some: list[npt.NDArray[Any]] = [np.flatnonzero(odd)]
        if Kind.DOMAIN in index.kinds:
            some.append(passing(Sieve.NAME, index.sieves[Sieve.NAME], where, parents=True))
        if Kind.URL in index.kinds:
            some.append(passing(Sieve.SITE, index.sieves[Sieve.SITE], where))
        if index.networks.count:
            some.append(index.networks.find(numbers_of(where))[0])
        places = _given(column.values, np.unique(np.concatenate(some)))
    _compare_exactly(column, places, index, found, _of_url)


def _of_url(text: str) -> Iterator[observed.Candidate]:
    yield from observed.urls(text)
    if host := observed.host_of(text):
        yield from observed.names(host)


def _compare_parts(batch: pa.RecordBatch, index: Index, found: _Found) -> None:
    """Compare URLs of which a log has host and path apart."""
    if not (hosts := list(columns(batch, ("url_domain",)))):
        return
    (column,) = hosts
    rows = _there(batch, column)
    if index.sieves is not None:
        where, passed = hosts_of(spans(column.values))
        passed[passing(Sieve.SITE, index.sieves[Sieve.SITE], where)] = True
        codes = np.arange(len(column.values)) if column.codes is None else column.codes
        rows = rows[passed[codes[rows]]]
    if not len(rows):
        return
    taken = pa.array(rows)
    parts = [
        texts_of(batch.column(name).take(taken)) if name in batch.schema.names else pa.nulls(len(rows), pa.string())
        for name in ("url_domain", "url_original", "url_path", "url_query")
    ]
    told = (_put_together(*row) for row in zip(*(part.to_pylist() for part in parts), strict=True))
    urls = pa.array(list(told), pa.string())
    given = Column("url_original", urls, owners=rows)
    _compare_exactly(given, None, index, found, observed.urls)


def _put_together(host: str, original: str | None, path: str | None, query: str | None) -> str | None:
    """Give the URL that a log has in parts; None where it has it whole, too."""
    if original and not original.startswith("/"):
        return None
    rest = original or f"{path or '/'}{f'?{query}' if query else ''}"
    scheme = "https" if host.endswith(":443") else "http"  # whose port goes without saying
    return f"{scheme}://{host}{rest if rest.startswith('/') else f'/{rest}'}"


def _compare_exactly(
    column: Column, places: Places | None, index: Index, found: _Found, reader: observed.Reader
) -> None:
    """Look up what each distinct text may be listed as; ``places``: of those texts alone."""
    texts = column.values if places is None else column.values.take(pa.array(places))
    if not len(texts):
        return
    coded = texts.dictionary_encode()
    kinds: list[Kind] = []
    values: list[str] = []
    of: list[int] = []
    hosts: list[str] = []
    distinct = coded.dictionary.to_pylist()
    for number, text in enumerate(distinct):
        for kind, value in reader(text):
            kinds.append(kind)
            values.append(value)
            of.append(number)
    listed = index.find(kinds, values) if kinds else np.zeros(0, np.int32)
    there = np.flatnonzero(listed >= 0)
    numbers, entries = np.array(of, np.int64)[there], listed[there]
    if reader is _of_url and index.networks.count:
        hosts = [observed.host_of(text) for text in distinct]
        more, own = index.networks.find(ip_numbers(pa.array(hosts, pa.string())))
        numbers, entries = np.concatenate([numbers, more]), np.concatenate([entries, own])
    if not len(numbers):
        return
    # from distinct texts to the texts as they stand
    codes = coded.indices.fill_null(-1).to_numpy().astype(np.int32)
    inner, entries, _ = Column("", coded.dictionary, codes).rows(numbers, entries)
    _add(column, inner if places is None else places[inner], entries, found)


def _add(column: Column, places: Places, entries: Ints, found: _Found) -> None:
    if len(places):
        rows, entries, values = column.rows(places, entries)
        found.add(column.name, rows, entries, column.values.take(pa.array(values)))


def _given(texts: pa.Array, places: npt.NDArray[Any]) -> Places:
    """Leave out places of nulls."""
    found: Places = places.astype(np.int64)
    if texts.null_count and len(found):
        found = found[texts.take(pa.array(found)).is_valid().to_numpy(zero_copy_only=False)]
    return found


def _there(batch: pa.RecordBatch, column: Column) -> Places:
    found: Places = np.flatnonzero(batch.column(column.name).is_valid().to_numpy(zero_copy_only=False))
    return found


def _same(batch: pa.RecordBatch, one: str, other: str) -> bool:
    """Whether two columns say the same."""
    if one not in batch.schema.names or other not in batch.schema.names:
        return False
    return bool(batch.column(one).equals(batch.column(other)))
