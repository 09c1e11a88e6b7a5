"""What the columns of one shape of batch answer: slots, each the values of some fields that the same columns answer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from warroom.detect.classes import read_only
from warroom.detect.search_kernel import add

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from warroom.detect.atoms import Reference
    from warroom.detect.batch_columns import Reading
    from warroom.detect.columns import Chain, Column, Schema
    from warroom.detect.compiled import CompiledRules

    Sums = npt.NDArray[np.uint64]


class Signs:
    """Random bits for the contents of classes.

    A row's signature is the sum of the bits of its classes: rows of equal signatures have the same true predicates.
    The bits are secret, 128 of them, so nobody can choose values whose sums are equal. A class that tells the
    same as an absent value adds nothing.

    Attributes:
        predicates: what counts of a class's content.
        absent: the predicates that are true without a value.
        contents: class → what counts of its content.
    """

    def __init__(self, contents: Sequence[frozenset[int]], predicates: frozenset[int], absent: frozenset[int]) -> None:
        self.predicates = predicates
        self.absent = absent & predicates
        self.contents: list[frozenset[int]] = []
        self._source = contents
        self._bits = {self.absent: (0, 0)}
        self._sums = np.zeros((0, 2), dtype=np.uint64)

    def sums(self) -> Sums:
        """Give the bits of each class met so far."""
        if len(self.contents) < len(self._source):
            more = [content & self.predicates for content in self._source[len(self.contents) :]]
            self.contents += more
            bits = [self._bits.setdefault(content, random_bits()) for content in more]
            self._sums = np.concatenate((self._sums, np.array(bits, dtype=np.uint64)))
        return self._sums


def random_bits() -> tuple[int, int]:
    """Give 128 bits that nobody can guess."""
    return secrets.randbits(64), secrets.randbits(64)


@dataclass(frozen=True, slots=True)
class Slot:
    """Fields of one group that the same columns answer, the first non-null one first."""

    chain: Chain
    group: int
    signs: Signs

    def add(self, reading: Reading, total: Sums) -> bool:
        """Add each row's bits; say whether any row's values tell more than absent ones."""
        told = False
        columns = list(reading.different(self.chain))
        left = np.ones(len(total), dtype=np.uint8)
        for column in columns:
            encoded = reading.encoded(column)
            if encoded is None:
                continue
            sums = self.signs.sums()[reading.classes(column, self.group)]
            last = column is columns[-1]
            if sums[:, 0].any():
                told = True
                add(total, read_only(encoded.codes), sums, left, last)
            elif not last:
                left[encoded.codes >= 0] = 0
        return told

    def classes(self, reading: Reading, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        """Give some rows' classes."""
        result = np.zeros(len(rows), dtype=np.int32)
        for column in reversed(list(reading.different(self.chain))):
            encoded = reading.encoded(column)
            if encoded is not None:
                codes = encoded.codes[rows]
                result = np.where(codes >= 0, reading.classes(column, self.group)[codes], result)
        return result


class Layout:
    """The slots and references of one shape of batch; those of shapes that share a slot share its bits."""

    def __init__(self, schema: Schema, compiled: CompiledRules) -> None:
        self.schema = schema
        by_chain: dict[tuple[int, Chain], list[str]] = {}
        for field, group in compiled.form.fields.items():
            chain = schema.chain(field)
            if chain:
                by_chain.setdefault((group, chain), []).append(field)
        self._slots = [
            Slot(chain, group, compiled.signs(group, frozenset(fields))) for (group, chain), fields in by_chain.items()
        ]
        self.references: list[tuple[int, Chain, Chain, Reference]] = [
            (predicate, schema.chain(field), schema.chain(reference.field), reference)
            for predicate, field, reference in compiled.form.references
        ]

    def slots(self, asked: frozenset[int]) -> list[Slot]:
        """Give the slots of which some predicate is asked."""
        return [slot for slot in self._slots if not slot.signs.predicates.isdisjoint(asked)]

    @staticmethod
    def columns(slots: Sequence[Slot], reading: Reading) -> Iterator[tuple[Column, int]]:
        """Give every column that slots read in a batch, and the group of it."""
        return ((column, slot.group) for slot in slots for column in reading.different(slot.chain))
