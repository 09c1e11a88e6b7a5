r"""Reads a rule's regular expression, and refuses one whose work on a single value has no bound.

Hyperscan's work is linear in the value, whatever the expression (``(a+)+$`` too). What it does not know (look-around,
back-references) Python's engine decides, which goes back over what it has matched: there, each repeat of no fixed
length multiplies the work by the value's length, and one inside another has no bound at all. So such an expression
may have one repeat and the free choice of where to begin, or two from a fixed beginning; more is refused.
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from re import _constants as ops  # type: ignore[attr-defined]  # the only description of an expression's parts
from re import _parser as parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Final

import hyperscan

from warroom.detect.atoms import Regex, compiled
from warroom.detect.heading import RefusedError, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Hyperscan's own bound.
_MAX_LENGTH: Final = 16_000
#: Positions of an expression with all fixed repeats written out: compiling takes a second for some thousands.
_MAX_POSITIONS: Final = 5_000
#: Hyperscan takes whatever repeats so little, but for what ``_DOUBTFUL`` finds; asking it takes long.
_SURELY_SMALL: Final = 400
_DOUBTFUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\[1-9uUNZgkP]|\(\?(?!:|[ims]+\))|[+*?}]\+")
#: The work in powers of the value's length.
_MAX_DEGREE: Final = 2.0
#: An optional part or a choice doubles the work: three count as one power.
_CHOICE: Final = 0.34
_SMALL: Final = 4
_REPEATS: Final = (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT)
#: Where each kind of group keeps what is in it.
_GROUPS: Final = {ops.SUBPATTERN: 3, ops.ASSERT: 1, ops.ASSERT_NOT: 1, ops.ATOMIC_GROUP: 0}
_FLAGS: Final = {"i": hyperscan.HS_FLAG_CASELESS, "m": hyperscan.HS_FLAG_MULTILINE, "s": hyperscan.HS_FLAG_DOTALL}


def read_expression(pattern: str, flags: str, path: tuple[str | int, ...]) -> Regex:
    """Check an expression.

    Args:
        pattern: PCRE's common part.
        flags: of ``i``, ``m``, ``s``.
        path: where it stands.

    Raises:
        RefusedError: it is not valid, too large, or Python's engine would have to decide it without bound.
    """
    if len(pattern) > _MAX_LENGTH:
        raise RefusedError(f"the regular expression is longer than {_MAX_LENGTH:,} characters: split it", *path)
    reason = _reason(pattern, flags)
    if reason:
        raise RefusedError(reason, *path)
    return Regex(pattern, flags)


@functools.lru_cache(maxsize=4096)
def _reason(pattern: str, flags: str) -> str | None:
    """Say why an expression cannot be used, or None."""
    try:
        compiled(pattern, flags)
        tree = parser.parse(f"(?{flags}){pattern}" if flags else pattern)
        cost = _sequence(tree)
    except (re.error, OverflowError, RecursionError) as problem:
        return f"the regular expression `{shown(pattern)}` is not valid: {shown(problem)}"
    if cost.positions > _MAX_POSITIONS:
        return f"the regular expression `{shown(pattern)}` is too large: its repeats multiply to {cost.positions:,}"
    begins = tree.data[0] if tree.data else None
    anchored = begins is not None and begins[0] is ops.AT and "m" not in flags
    degree = cost.degree + (0 if anchored else 1)
    doubtful = cost.positions > len(pattern) + _SURELY_SMALL or _DOUBTFUL.search(pattern)
    if degree <= _MAX_DEGREE or not doubtful or _is_linear(pattern, flags):
        return None
    return (
        f"the regular expression `{shown(pattern)}` needs Python's engine (look-around, back-references), and its "
        "repeats have no bound there: write it without them, or with one repeat behind ^"
    )


def _is_linear(pattern: str, flags: str) -> bool:
    """Say whether Hyperscan decides it."""
    database = hyperscan.Database()
    wanted = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY | hyperscan.HS_FLAG_UTF8
    for flag in flags:
        wanted |= _FLAGS[flag]
    try:
        database.compile(expressions=[pattern.encode()], ids=[0], flags=[wanted])
    except (hyperscan.error, UnicodeEncodeError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Cost:
    """The work as a power of the value's length, the positions, and whether what it matches has one length only."""

    degree: float = 0.0
    positions: int = 1
    fixed: bool = True


def _sequence(items: Iterable[tuple[Any, Any]]) -> _Cost:
    """Add up parts; what look-around and atomic groups matched is never gone back over."""
    degree, alone, positions, fixed = 0.0, 0.0, 0, True
    for op, given in items:
        cost = _part(op, given)
        positions += cost.positions
        if op in (ops.ASSERT, ops.ASSERT_NOT, ops.ATOMIC_GROUP, ops.POSSESSIVE_REPEAT):
            alone = max(alone, cost.degree)
            fixed = fixed and (op in (ops.ASSERT, ops.ASSERT_NOT) or cost.fixed)
        else:
            degree += cost.degree
            fixed = fixed and cost.fixed
    return _Cost(max(degree, alone), max(positions, 1), fixed)


def _part(op: Any, given: Any) -> _Cost:  # noqa: ANN401  Python's parser has no types
    if op in _REPEATS:
        return _repeat(*given)
    if op in _GROUPS:
        return _sequence(given if op is ops.ATOMIC_GROUP else given[_GROUPS[op]])
    if op in (ops.BRANCH, ops.GROUPREF_EXISTS):
        branches = given[1] if op is ops.BRANCH else [branch for branch in given[1:] if branch is not None]
        return _choice([_sequence(branch) for branch in branches])
    if op in (ops.GROUPREF, ops.GROUPREF_IGNORE):
        return _Cost(degree=1.0, fixed=False)
    return _Cost()


def _repeat(least: int, most: int, body: Iterable[tuple[Any, Any]]) -> _Cost:
    inner = _sequence(body)
    endless = most is ops.MAXREPEAT
    positions = inner.positions * (max(int(least), 1) if endless else max(int(most), 1))
    if most == least:
        return _Cost(inner.degree * least if not inner.fixed else inner.degree, positions, inner.fixed)
    if not inner.fixed and (endless or most > 1):
        return _Cost(math.inf, positions, fixed=False)
    own = 1.0 if endless or most > _SMALL else _CHOICE
    return _Cost(inner.degree + own, positions, fixed=False)


def _choice(branches: list[_Cost]) -> _Cost:
    return _Cost(
        max((branch.degree for branch in branches), default=0.0) + _CHOICE,
        sum(branch.positions for branch in branches),
        fixed=False,
    )
