"""Warning lists hold back what must raise no alarm: public resolvers, private ranges, top sites; and say which does.

A value is compared with the lists that are about its kind: itself with entries of strings, parts and expressions; its
host (that of a URL, the domain of an e-mail address) and every name above it with host names; an address with networks.
A network is covered where every address of it is: one that only holds a listed address is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from socket import AF_INET, AF_INET6
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.indicators import Kind
from warroom.intel.warning_entries import Range, expression, host, kinds_of, lowered, network
from warroom.intel.warning_lookups import NONE, Names, Networks, Numbers, Patterns, packed

#: MISP's word for lists that tell whose something is, and nothing about whether it is hostile.
KNOWN: Final = "known"

#: The name of the list of what is ours: no feed may set us against ourselves, be it hostile or careless.
OWN: Final = "our own platforms"

#: Where the host stands in a canonical value.
_HOST_IN: Final = {
    Kind.URL: r"^[a-z]+://(?P<host>\[[^\]]*\]|[^/:?#]*)",
    Kind.EMAIL: r"@(?P<host>[^@]*)$",
}


class WarningLists:
    """All lists that are loaded; made once, asked often.

    Args:
        table: rows of WARNINGS. Lists of the category ``known`` are left out: they hold nothing back. Entries that
            are unsound (their reader refuses such) are left out, too.
        own: our own names: with all below them they are covered whatever is loaded, and by OWN.
    """

    def __init__(self, table: pa.Table, own: Sequence[str] = ()) -> None:
        self._groups = [*([_Group(OWN, "hostname", None, tuple(own))] if own else ()), *_groups(table)]
        self._views: dict[tuple[int, ...], _View] = {}
        self._by_kind = {kind: self._view(kind) for kind in Kind}
        names = list(dict.fromkeys(group.name for group in self._groups))
        place = {name: number for number, name in enumerate(names)}
        self._names = pa.array(names, pa.string())
        self._name_of = np.array([place[group.name] for group in self._groups], np.int32)

    def __len__(self) -> int:
        """How many lists there are, by name."""
        return len(self._names)

    def why(self, kind: Kind | str, value: str) -> str | None:
        """Give the name of a list that covers a value, canonical as in an indicator; None where none does."""
        found = self._by_kind[Kind(kind)].find_one(Kind(kind), value)
        return None if found == NONE else self._groups[found].name

    def hold(self, kinds: pa.Array | pa.ChunkedArray, values: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
        """Give, for each value, the name of the list that covers it, or null: what ``why`` says, for millions.

        Args:
            kinds: texts of Kind, plain or as a dictionary; others are covered by nothing.
            values: as many, canonical.
        """
        encoded, texts = _encoded(kinds), _flat(values)
        found = np.full(len(texts), NONE, np.int32)
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        for code, name in enumerate(encoded.dictionary.to_pylist()):
            view = self._by_kind.get(name)
            rows = np.flatnonzero(codes == code)
            if view is not None and view and rows.size:
                found[rows] = view.find(Kind(name), texts if rows.size == len(texts) else texts.take(pa.array(rows)))
        held = found >= 0
        found[held] = self._name_of[found[held]]
        return pa.DictionaryArray.from_arrays(pa.array(found, mask=~held), self._names)

    def _view(self, kind: Kind) -> _View:
        """Give what of the lists is about a kind; kinds with the same lists share it."""
        about = tuple(number for number, group in enumerate(self._groups) if group.kinds is None or kind in group.kinds)
        if about not in self._views:
            self._views[about] = _View([(number, self._groups[number]) for number in about])
        return self._views[about]


@dataclass(frozen=True, slots=True)
class _Group:
    """Entries of one list that match in one way and are about the same kinds (None: all)."""

    name: str
    matching: str
    kinds: frozenset[Kind] | None
    entries: tuple[str, ...]


def _groups(table: pa.Table) -> Iterator[_Group]:
    """Part the rows by list, way to match and kinds, in the order in which these first come."""
    if "category" in table.column_names:
        table = table.filter(pc.fill_null(pc.not_equal(table["category"].cast(pa.string()), KNOWN), fill_value=True))
    keys = ["list", "matching", "applies_to"]
    plain = table.select([*keys, "value"]).cast(pa.schema([(name, pa.string()) for name in (*keys, "value")]))
    numbered = plain.append_column("row", pa.array(np.arange(len(plain))))
    for group in numbered.group_by(keys).aggregate([("value", "list"), ("row", "min")]).sort_by("row_min").to_pylist():
        matching, applies = group["matching"], kinds_of(group["applies_to"])
        entries = group["value_list"]
        if matching == "string":
            # lists of strings write `.google.com`, which as a mere string nothing could be
            below = tuple(entry for entry in entries if entry.startswith("."))
            entries = [entry for entry in entries if not entry.startswith(".")]
            if below:
                yield _Group(group["list"], "hostname", applies, below)
        yield _Group(group["list"], matching, applies, tuple(entries))


class _View:
    """What of the lists is about a kind, in the order in which it is asked."""

    def __init__(self, groups: Sequence[tuple[int, _Group]]) -> None:
        exact: dict[str, int] = {}
        below: dict[str, int] = {}
        networks: list[tuple[Range, int]] = []
        parts: list[tuple[int, str]] = []
        expressions: list[tuple[int, str]] = []
        for number, group in groups:
            for entry in group.entries:
                if group.matching == "substring":
                    parts.append((number, lowered(entry)))
                    continue
                try:
                    if group.matching == "regex":
                        # values are looked at in small letters
                        expressions.append((number, f"(?i:{expression(entry)})"))
                    elif group.matching == "hostname":
                        below.setdefault(host(entry), number)
                    elif group.matching == "cidr":
                        networks.append((network(entry), number))
                    elif group.matching == "string":
                        exact.setdefault(lowered(entry), number)
                        networks.append((network(entry), number))
                except ValueError:
                    continue  # unsound, or a string that is no address
        self._exact, self._below = Names(exact), Names(below)
        self._networks: dict[int, Networks] = {family: Networks(family, networks) for family in (AF_INET, AF_INET6)}
        self._parts = parts
        self._patterns = (
            Patterns([(number, re.escape(part)) for number, part in parts]),
            Patterns(expressions),
        )
        self._empty = not (exact or below or networks or parts or expressions)

    def __bool__(self) -> bool:
        return not self._empty

    def find_one(self, kind: Kind, value: str) -> int:
        """Give the number of the group that covers a value, or NONE."""
        text = lowered(value)
        found = self._exact.one(text)
        name = _host_of(kind, text)
        while found == NONE and name:
            found = self._below.one(name)
            name = name.partition(".")[2]
        if found == NONE and (address := _address_of(kind, text)):
            found = self._network_one(address)
        if found == NONE:
            found = next((number for number, part in self._parts if part in text), NONE)
        if found == NONE and self._patterns[1]:
            found = int(self._patterns[1].find(pa.array([text]))[0])
        return found

    def find(self, kind: Kind, values: pa.StringArray) -> Numbers:
        """Give the number of the group that covers each value, or NONE."""
        texts = pc.ascii_lower(values)
        found = self._exact.find(texts)
        _settle(found, texts, lambda rest: self._under(kind, rest))
        if kind in (Kind.IPV4, Kind.IPV6, Kind.URL):
            _settle(found, texts, lambda rest: self._within(kind, rest))
        for patterns in self._patterns:
            _settle(found, texts, patterns.find)
        return found

    def _network_one(self, address: str) -> int:
        try:
            asked = network(address)
        except ValueError:
            return NONE
        return self._networks[asked.family].one(asked)

    def _under(self, kind: Kind, texts: pa.StringArray) -> Numbers:
        """Look the hosts of values up, and every name above them, the longest first."""
        found = np.full(len(texts), NONE, np.int32)
        if kind not in (Kind.DOMAIN, Kind.EMAIL, Kind.URL) or not self._below:
            return found
        names = _hosts(kind, texts)
        # names of more labels than any entry has are cut to as many
        parts = pc.split_pattern(names, ".", max_splits=self._below.most_labels, reverse=True)
        longer = np.flatnonzero(pc.list_value_length(parts).to_numpy() > self._below.most_labels)
        if longer.size:
            shorter = pc.binary_join(pc.list_slice(parts.take(pa.array(longer)), 1), ".")
            mask = np.zeros(len(names), np.bool_)
            mask[longer] = True
            names = pc.replace_with_mask(names, pa.array(mask), shorter)
        rows = np.arange(len(names))
        while len(names):
            hits = self._below.find(names)
            held = hits != NONE
            found[rows[held]] = hits[held]
            parts = pc.split_pattern(names, ".", max_splits=1)
            go_on = ~held & (pc.list_value_length(parts).to_numpy() > 1)
            rows = rows[go_on]
            names = parts.filter(pa.array(go_on)).flatten().take(pa.array(np.arange(1, 2 * len(rows), 2)))
        return found

    def _within(self, kind: Kind, texts: pa.StringArray) -> Numbers:
        """Look addresses up among the networks; networks, and hosts of URLs that are addresses, one by one."""
        found = np.full(len(texts), NONE, np.int32)
        if not any(self._networks.values()):
            return found
        family = AF_INET6 if kind == Kind.IPV6 else AF_INET
        single = ~pc.match_substring(texts, "/").to_numpy(zero_copy_only=False)
        numbers = None if kind == Kind.URL else packed(family, texts.filter(pa.array(single)).to_pylist())
        if numbers is not None:
            found[single] = self._networks[family].find(numbers)
        rest = np.flatnonzero(~single) if numbers is not None else np.arange(len(texts))
        for row, text in zip(rest, texts.take(pa.array(rest)).to_pylist(), strict=True):
            found[row] = self._network_one(_address_of(kind, text))
        return found


def _settle(found: Numbers, texts: pa.StringArray, find: Callable[[pa.StringArray], Numbers]) -> None:
    """Ask about what nothing covers yet."""
    rows = np.flatnonzero(found == NONE)
    if rows.size:
        found[rows] = find(texts if rows.size == len(texts) else texts.take(pa.array(rows)))


def _host_of(kind: Kind, text: str) -> str:
    if kind == Kind.DOMAIN:
        return text
    found = re.search(_HOST_IN[kind], text) if kind in _HOST_IN else None
    return found["host"] if found else ""


def _hosts(kind: Kind, texts: pa.StringArray) -> pa.StringArray:
    if kind == Kind.DOMAIN:
        return texts
    return pc.fill_null(pc.struct_field(pc.extract_regex(texts, _HOST_IN[kind]), "host"), "")


def _address_of(kind: Kind, text: str) -> str:
    """Give what may be an address: the value, or a URL's host; "" for other kinds."""
    if kind in (Kind.IPV4, Kind.IPV6):
        return text
    return _host_of(kind, text).strip("[]") if kind == Kind.URL else ""


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return whole.cast(pa.string())


def _encoded(column: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    if isinstance(column, pa.ChunkedArray):
        column = column.unify_dictionaries().combine_chunks()
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
