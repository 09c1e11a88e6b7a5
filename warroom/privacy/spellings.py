"""How people write citizen ids, telephone numbers, accounts and cards: digits in groups, and what separates them."""

from __future__ import annotations

import re
from typing import Final

#: What may hold an identifier of digits: nothing shorter is looked at closer.
STRETCH: Final = re.compile(r"[0-9+(][0-9()+./ -]{8,}+")

#: In the forms, D is a digit and S one separator, as people write them; a blank is ``+`` in a query.
_DIGIT: Final = "[0-9]"
_SEPARATOR: Final = r"(?: ?[-.] ?|[ +])"
#: Of two that fit, the first is taken.
_FORMS: Final = {
    # First, because it is the most frequent; 0066 is left to the numbers from abroad.
    "plain": (r"(?!0066)D{9,19}(?!D)",),
    "citizen": (
        r"DSD{4}SD{5}SD{2}SD",
        r"(?<!D[ -])D(?:[ -]D){12}(?![ -]D)",  # each in a box of its own
    ),
    "account": (r"D{3}-D-D{5,6}-D",),
    "card": (r"D{4}SD{4}SD{4}SD{4}(?:SD{3})?", r"D{4}SD{6}SD{4,5}"),
    "abroad": (
        r"(?:\+ ?|00)S?66S?(?:\(0\)|0)?(?:S?D){8,9}",
        r"\(\+66\)S?0?(?:S?D){8,9}",
        r"66S[689]DSD{3}SD{4}",
    ),
    "mobile": (
        r"\(0[689]D\)S?D{3}S?D{4}",
        r"0[689]DSD{3}S?D{4}",
        r"0[689]DSD{4}SD{3}",
        r"0[689]DSD{3}SD{2}SD{2}",
        r"0[689]SD{4}S?D{4}",
        r"0[689]D{2}SD{3}SD{3}",
        r"0[689]D{4}SD{4}",
        r"0-[689]-D{4}-D{4}",
        r"0-[689]D{3}-D{4}-D",
    ),
    # Without the full stop: 02.123.4567 is a version.
    "landline": (
        r"\(02\)S?D{3}S?D{4}",
        r"\(0[3-57]D\)S?D{3}S?D{3}",
        r"02[- +]D{3}[- +]?D{4}",
        r"0[3-57]D[- +]D{3}[- +]?D{3}",
        r"0[- +][2-57]D{3}[- +]D{4}",
        r"0[3-57][- +]D{4}[- +]D{3}",
    ),
}


def _pattern() -> re.Pattern[str]:
    kinds = "|".join(f"(?P<{kind}>{'|'.join(forms)})" for kind, forms in _FORMS.items())
    return re.compile(rf"(?<!D)(?:{kinds})(?!D)".replace("D", _DIGIT).replace("S", _SEPARATOR))


#: Any of the forms; ``lastgroup`` names it.
WRITTEN: Final = _pattern()
