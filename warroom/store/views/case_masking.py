"""A case file without personal data, or with any other change to each of its texts."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from warroom.privacy import mask

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.store.views.casefile import CaseFile

_REMEMBERED: Final = 1 << 13
#: Texts that nobody types and no log holds: hashes and moments have digits that look like telephones and cards.
_PLAIN: Final = frozenset(
    {
        *("id", "rule_id", "sha256", "pdf_sha256", "docx_sha256"),
        *("platform_id", "feed_id", "clock", "form", "tlp", "language", "state", "measure", "ruling"),
        *("moment", "before"),
    }
)
#: Who told us is not named outside at all: a name alone is nothing that masking finds.
_WITHHELD: Final = frozenset({"reporter", "contact"})


def masked(case: CaseFile) -> CaseFile:
    """Give a case file as everybody may see it: without telephone numbers, citizen ids and the like, in any text."""
    return replace(map_texts(case, _fit), masked=True)


def map_texts(case: CaseFile, change: Callable[[str, str], str]) -> CaseFile:
    """Give a case file with every text changed by a function of its field's name and itself."""
    told: CaseFile = _mapped(case, "", change)
    return told


def _mapped(value: Any, name: str, change: Callable[[str, str], str]) -> Any:  # noqa: ANN401 - any part of a case file
    if type(value) is str:  # not the words of enumerations, which are texts too
        return change(name, value)
    if isinstance(value, tuple):
        return tuple([_mapped(one, name, change) for one in value])
    if isinstance(value, dict):
        return {key: _mapped(one, key, change) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{one: _mapped(getattr(value, one), one, change) for one in _names(type(value))})
    return value


@cache
def _names(kind: Any) -> tuple[str, ...]:  # noqa: ANN401 - a dataclass
    return tuple(one.name for one in fields(kind))


def _fit(name: str, text: str) -> str:
    if name in _WITHHELD:
        return ""
    return text if name in _PLAIN or name.endswith("_at") else _mask(text)


@lru_cache(maxsize=_REMEMBERED)
def _mask(text: str) -> str:
    """Mask a text; a campaign's alerts say the same a thousand times."""
    return mask(text)
