"""Says whether keywords must be looked for in the line that an event was made of, or its fields tell all of it."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from warroom.detect.folding import fold
from warroom.detect.search_tables import BEGIN, END
from warroom.model import RAW, RAW_NAMES

if TYPE_CHECKING:
    import pyarrow as pa

#: What cannot stand partly outside of one value or name of JSON (RFC 8259): it begins in one, for JSON's own notation
#: has no such character, leaves no string without its quote, and behind a number or word stands a blank, then notation.
_INSIDE: Final = re.compile(r'[^][{}",:\s\x00-\x1f](?:[^][{}",\s\x00-\x1f]| (?=.))*', re.ASCII)
#: The only word of JSON that no field holds.
_NOTHING: Final = "null"


def tell_more(schema: pa.Schema, literals: frozenset[str] | None) -> bool:
    r"""Say whether literals may be found in a line of the column ``raw``, but in no field of its event.

    A word that only an escape of JSON makes (``nmap`` in ``\nmap``, a line feed before ``map``) is none.

    Args:
        schema: of the events; ``RAW_NAMES`` says which lines have every value in a field, too.
        literals: folded, with their sentinels; None where it is not known what is looked for.
    """
    place = schema.get_field_index(RAW)
    if place < 0 or literals is None:
        return True
    names = (schema.field(place).metadata or {}).get(RAW_NAMES)
    return names is None or _outside(names, literals)


@functools.lru_cache(maxsize=64)
def _outside(names: bytes, literals: frozenset[str]) -> bool:
    text = fold(names.decode(errors="replace"))
    bare = (literal.removeprefix(BEGIN).removesuffix(END) for literal in literals)
    return any(not _INSIDE.fullmatch(one) or one in text or one in _NOTHING for one in bare)
