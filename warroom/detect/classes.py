"""Maps values to their classes: which predicates of a group are true for them. All values of a column in one pass.

Values of one class are the same to every rule, so rules are evaluated for classes, not for values. A value may be
several texts (a list, or one text and its decoded readings): what is true of one of them is true of the value.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar, cast

import numpy as np
import pyarrow as pa

from warroom.detect import search_kernel as kernel
from warroom.detect.comparing import compared
from warroom.detect.decoding import readings
from warroom.detect.folding import fold
from warroom.detect.slow_tests import SlowTests

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from warroom.detect.banks import Banks
    from warroom.detect.encoded import Encoded
    from warroom.detect.lookups import Lookups
    from warroom.detect.value_groups import Group

    Bytes = npt.NDArray[np.uint8]
    Ints = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]
    Words = npt.NDArray[np.uint64]

#: The class of an absent value, and of a value for which only what holds for every value is true.
ABSENT: Final = 0
PRESENT: Final = 1
#: Room at first: classes, those met in one call and their predicates, (text, unit) pairs.
_CLASSES: Final = 1 << 12
_FRESH: Final = 1 << 10
_PREDICATES: Final = 1 << 16
_PAIRS: Final = 1 << 16
#: Values told apart by a number of 31 bits before all marks are wiped.
_SERIALS: Final = 1 << 30
#: Of fewer values each is looked up: to set about a whole column costs as much as some hundreds of look-ups.
_LARGE: Final = 1000
_NOTHING: Final = np.zeros(0, np.int64)
#: Of tuples that come again the addresses are not asked for again.
_NONE_GIVEN: Final = (_NOTHING, _NOTHING)
_NO_CLASSES: Final = np.zeros(0, np.int32)
_NO_PAIRS: Final = (_NO_CLASSES, _NO_CLASSES, np.zeros(1, np.int64))
_ALL: Final = np.zeros(0, np.uint8)

Kind = TypeVar("Kind", bound=np.generic)


class Searched(NamedTuple):
    """Texts as the search reads them, one after the other in ``data``; ``plain`` is as they were before folding."""

    data: Bytes
    offsets: Shorts
    ends: Ints
    plain: Bytes
    plain_offsets: Shorts
    folded: bool
    encoded: bool


class _State(NamedTuple):
    """Room for one value.

    Its units and predicates, marked by its serial number; what makes patterns worth trying in a reading of it, marked
    by the reading's; bytes that are in it, marked likewise; its text in lower case, and as it is.
    """

    serial: Ints
    unit_stamps: Shorts
    units: Shorts
    predicate_stamps: Shorts
    predicates: Shorts
    trigger_stamps: Shorts
    triggers: Shorts
    present: Ints
    lowered: Bytes
    plain: Bytes


class _Known(NamedTuple):
    """The classes met, by the sum of their predicates' bits: secret ones, 128, so nobody can choose equal sums."""

    slots: Shorts
    low: Words
    high: Words
    groups: Shorts
    classes: Shorts
    met: Shorts  # classes of each group
    counts: Ints  # of entries; of classes met in this call
    ends: Ints  # of the predicates of those
    predicates: Shorts


class Classes:
    """Classes of values, by group; ``contents[group][class]`` are the true predicates."""

    def __init__(self, groups: Sequence[Group], lookups: Lookups, banks: Banks) -> None:
        self._groups = groups
        self._tables, self._patterns, self._terms = lookups
        self._slow = SlowTests(groups, banks)
        self._units = units = len(self._patterns.tried) - 1
        predicates = len(self._terms.bits)
        self._state = _State(
            np.zeros(2, np.int64),
            np.zeros(units, np.int32),
            np.zeros(units, np.int32),
            np.zeros(predicates, np.int32),
            np.zeros(predicates, np.int32),
            np.zeros(units, np.int32),
            np.zeros(units, np.int32),
            np.zeros(256, np.int64),
            np.zeros(0, np.uint8),
            np.zeros(0, np.uint8),
        )
        self._pairs = _NO_PAIRS
        self.contents: list[list[frozenset[int]]] = []
        self.count = 0
        self.clear()

    def compile(self) -> None:
        """Compile every expression before values wait for that."""
        self._slow.compile()

    def clear(self) -> None:
        """Forget every class met: numbers then change their meaning."""
        self.contents = [[group.nulls, group.always] for group in self._groups]
        self._known = _known(_CLASSES, len(self._state.predicates), np.full(len(self._groups), PRESENT + 1, np.int32))
        self.count = 0

    def classify(self, column: Encoded, group: int) -> Shorts:
        """Give the class of each value of a column in a group."""
        asked = self._groups[group]
        given = self._given(column, group) if asked.one_by_one else _NONE_GIVEN
        classes, odd = self._run(searched(column.texts, column.ends, encoded=asked.encoded), len(column), group, given)
        if len(odd):
            texts = [_readings(column.texts_of(value), encoded=asked.encoded) for value in odd.tolist()]
            more = _among(given, odd)
            if asked.numbers:
                more = _joined(more, [self._slow.numbers(one, group) for one in texts])
            classes[odd], _ = self._run(_folded(texts), len(texts), group, more)
        if len(column.ends):  # a list without values is absent
            classes[np.diff(column.ends, prepend=0) == 0] = ABSENT
        return classes

    def classify_found(self, count: int, rows: Ints, units: Ints, group: int) -> Shorts:
        """Give the class of ``count`` values of which some units are known to be true, rows ascending, and no text."""
        nothing = np.zeros(1, np.uint8)
        offsets = np.zeros(1, np.int32)
        texts = _searched(nothing, offsets, np.zeros(count, np.int64), nothing, offsets, folded=True, encoded=False)
        return self._run(texts, count, group, (rows, units))[0]

    def find(self, texts: pa.Array, group: int, *, encoded: bool, wanted: Bytes = _ALL) -> tuple[Ints, Ints]:
        """Give (text, unit) for every unit that is true of a text: of all, or of those whose ``wanted`` is 1."""
        asked = self._groups[group]
        values, units, odd = self._find(searched(texts, _NOTHING, encoded=encoded), len(texts), group, wanted)
        found = [(values, units)]
        if len(odd):
            several = [_readings(_texts(texts, place), encoded=encoded) for place in odd.tolist()]
            for place, one in zip(odd.tolist(), several, strict=True):
                more = self._slow.numbers(one, group) if asked.numbers else []
                found.append((np.full(len(more), place), np.array(more, np.int64)))
                _, folded, _ = self._find(_folded([[text] for text in one]), len(one), group, _ALL)
                folded = np.unique(folded)
                found.append((np.full(len(folded), place), folded))
        if asked.one_by_one:
            places = np.flatnonzero(wanted) if len(wanted) else np.arange(len(texts))
            every = [text for place in places.tolist() for text in _texts(texts, place)]
            owners, tested = _pairs(self._slow.units(every, group, encoded=encoded))
            found.append((places[owners], tested))
        return np.concatenate([one for one, _ in found]), np.concatenate([one for _, one in found])

    def _given(self, column: Encoded, group: int) -> tuple[Ints, Ints]:
        """Give (value, unit), ascending, for what is tested one by one."""
        asked = self._groups[group]
        encoded = asked.encoded
        if len(column) >= _LARGE and not len(column.ends) and asked.compared and pa.types.is_string(column.texts.type):
            return self._compared(column.texts, group)
        if not len(column.ends):
            texts = cast("list[str]", column.values)  # where no value is a list
            return _pairs(self._slow.units(texts, group, encoded=encoded))
        found = [self._slow.units(column.texts_of(value), group, encoded=encoded) for value in range(len(column))]
        return _pairs([tuple(unit for units in one for unit in units) for one in found])

    def _compared(self, texts: pa.Array, group: int) -> tuple[Ints, Ints]:
        """Give (value, unit), ascending, where no more than numbers and networks is asked: most logs are plain."""
        found, others = compared(texts, self._groups[group].tests)
        if not len(others):
            return found
        owners, units = _pairs(self._slow.units(texts.take(others).to_pylist(), group, encoded=False))
        owners, units = np.concatenate([found[0], others[owners]]), np.concatenate([found[1], units])
        order = np.argsort(owners, kind="stable")
        return owners[order], units[order]

    def _run(self, texts: Searched, count: int, group: int, given: tuple[Ints, Ints]) -> tuple[Shorts, Ints]:
        """Give the class of each value, and which values are odd."""
        self._make_room(texts)
        classes, odd = np.zeros(count, np.int32), np.zeros(count, np.uint8)
        first = 0
        while True:
            first = kernel.search(
                texts, group, _ALL, given, first, classes, odd, _NO_PAIRS, True, self._tables,
                self._patterns, self._terms, self._state, self._known,
            )  # fmt: skip
            self._harvest(group)
            if first == count:
                return classes, np.flatnonzero(odd)

    def _harvest(self, group: int) -> None:
        """Take in the classes met in a call, and make room for more."""
        known = self._known
        contents, always = self.contents[group], self._groups[group].always
        ends = known.ends[: known.counts[1] + 1].tolist()
        for begin, end in itertools.pairwise(ends):
            contents.append(always | frozenset(known.predicates[begin:end].tolist()))
        self.count += len(ends) - 1 + ends[-1]
        known.counts[1] = 0
        if 2 * known.counts[0] >= len(known.low):
            self._known = _grown(known, len(self._state.predicates))

    def _find(self, texts: Searched, count: int, group: int, wanted: Bytes) -> tuple[Ints, Ints, Ints]:
        self._make_room(texts)
        if not len(self._pairs[0]):
            values, units = np.empty((2, _PAIRS + self._units), np.int32)
            self._pairs = (values, units, np.zeros(1, np.int64))
        values, units, counts = self._pairs
        odd = np.zeros(count, np.uint8)
        found: list[tuple[Ints, Ints]] = []
        first = 0
        while first < count:
            first = kernel.search(
                texts, group, wanted, _NONE_GIVEN, first, _NO_CLASSES, odd, self._pairs, False, self._tables,
                self._patterns, self._terms, self._state, self._known,
            )  # fmt: skip
            found.append((values[: counts[0]].astype(np.int64), units[: counts[0]].astype(np.int64)))
        if len(found) == 1:
            return *found[0], np.flatnonzero(odd)
        return (
            np.concatenate([_NOTHING, *(one for one, _ in found)]),
            np.concatenate([_NOTHING, *(one for _, one in found)]),
            np.flatnonzero(odd),
        )

    def _make_room(self, texts: Searched) -> None:
        longest = int(max(np.diff(texts.offsets).max(initial=0), np.diff(texts.plain_offsets).max(initial=0)))
        if longest + kernel.ROOM > len(self._state.lowered):
            size = 2 * longest + kernel.ROOM
            self._state = self._state._replace(lowered=np.zeros(size, np.uint8), plain=np.zeros(size, np.uint8))
        if self._state.serial.max() > _SERIALS:
            state = self._state
            for marks in (state.unit_stamps, state.predicate_stamps, state.trigger_stamps):
                marks[:] = 0
            state.serial[:] = 0
            state.present[:] = 0


def searched(texts: pa.Array, ends: Ints, *, encoded: bool) -> Searched:
    """Give strings or bytes as they lie in memory; ``ends`` says where the texts of a value end."""
    _, places, content = texts.buffers()
    if places is None or content is None:
        data, offsets = np.zeros(1, np.uint8), np.zeros(len(texts) + 1, np.int32)
    else:
        data = np.frombuffer(content, np.uint8)
        offsets = np.frombuffer(places, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return _searched(data, offsets, ends, data, offsets, folded=False, encoded=encoded)


def _searched(
    data: Bytes, offsets: Shorts, ends: Ints, plain: Bytes, plain_offsets: Shorts, *, folded: bool, encoded: bool
) -> Searched:
    return Searched(
        read_only(data), read_only(offsets), ends, read_only(plain), read_only(plain_offsets), folded, encoded
    )


def read_only(array: npt.NDArray[Kind]) -> npt.NDArray[Kind]:
    """Give an array read-only: all such are of one type to the compiler, wherever they come from."""
    view = array.view()
    view.flags.writeable = False
    return view


def _folded(values: Sequence[Sequence[str]]) -> Searched:
    """Give values, each of some texts, folded."""
    data, offsets = _laid_out([fold(text) for one in values for text in one])
    plain, plain_offsets = _laid_out([text for one in values for text in one])
    ends = np.cumsum(np.fromiter(map(len, values), np.int64, len(values)))
    return _searched(data, offsets, ends, plain, plain_offsets, folded=True, encoded=False)


def _laid_out(texts: Sequence[str]) -> tuple[Bytes, Shorts]:
    encoded = [text.encode(errors="replace") for text in texts]
    offsets = np.zeros(len(encoded) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=offsets[1:])
    return np.frombuffer(b"".join(encoded) or b"\0", np.uint8), offsets


def _texts(array: pa.Array, place: int) -> list[str]:
    value = array[place].as_py() or ""
    return [value if isinstance(value, str) else value.decode(errors="replace")]


def _readings(texts: Iterable[str], *, encoded: bool) -> list[str]:
    return [one for text in texts for one in readings(text)] if encoded else list(texts)


def _pairs(units: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    """Give (place, unit) of lists of units."""
    counts = np.fromiter(map(len, units), np.int64, len(units))
    if not counts.any():
        return _NONE_GIVEN
    return np.repeat(np.arange(len(units)), counts), np.array([unit for one in units for unit in one], np.int64)


def _among(pairs: tuple[Ints, Ints], values: Ints) -> tuple[Ints, Ints]:
    """Give the pairs of some values, ascending, the values numbered anew."""
    owners, units = pairs
    places = np.searchsorted(values, owners)
    there = places < len(values)
    there[there] = values[places[there]] == owners[there]
    return places[there], units[there]


def _joined(pairs: tuple[Ints, Ints], more: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    owners, units = (np.concatenate(both) for both in zip(pairs, _pairs(more), strict=True))
    order = np.argsort(owners, kind="stable")
    return owners[order], units[order]


def _known(size: int, predicates: int, met: Shorts) -> _Known:
    return _Known(
        np.full(4 * size, -1, np.int32),
        np.zeros(size, np.uint64),
        np.zeros(size, np.uint64),
        np.zeros(size, np.int32),
        np.zeros(size, np.int32),
        met,
        np.zeros(2, np.int64),
        np.zeros(_FRESH + 1, np.int64),
        np.zeros(_PREDICATES + predicates, np.int32),
    )


def _grown(known: _Known, predicates: int) -> _Known:
    """Give room for twice as many classes."""
    count = int(known.counts[0])
    more = _known(2 * len(known.low), predicates, known.met)
    for name in ("low", "high", "groups", "classes"):
        getattr(more, name)[:count] = getattr(known, name)[:count]
    more.counts[0] = count
    kernel.refill(more)
    return more
