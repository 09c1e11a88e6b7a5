"""Compares a whole column with the numbers of rules: what is written in digits alone is read at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.detect.atoms import COMPARISONS, Compare

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from warroom.detect.atoms import Atom

    Ints = npt.NDArray[np.int64]

#: Digits of the longest number that is read at once: any number of a rule is compared with it exactly.
_DIGITS: Final = 15


def compared(texts: pa.Array, tests: Sequence[tuple[int, Atom]]) -> tuple[tuple[Ints, Ints], Ints]:
    """Compare texts with numbers.

    Args:
        texts: strings, each once or more.
        tests: (unit, ``Compare``).

    Returns:
        (place, unit), ascending by place, of texts written in at most 15 digits; and the places of all others but
        nulls, which are left to ``Compare.holds``.
    """
    digits = pc.and_(pc.ascii_is_decimal(texts), pc.less_equal(pc.binary_length(texts), _DIGITS))
    plain = digits.fill_null(False).to_numpy(zero_copy_only=False)
    numbers = pc.if_else(digits, texts, "0").fill_null("0").cast(pa.int64()).to_numpy()
    found = [
        (np.flatnonzero(plain & COMPARISONS[atom.comparison](numbers, atom.number)), unit)
        for unit, atom in cast("Sequence[tuple[int, Compare]]", tests)
    ]
    owners = np.concatenate([places for places, _ in found])
    units = np.repeat([unit for _, unit in found], [len(places) for places, _ in found])
    order = np.argsort(owners, kind="stable")
    others = np.flatnonzero(~plain & texts.is_valid().to_numpy(zero_copy_only=False))
    return (owners[order], units[order]), others
