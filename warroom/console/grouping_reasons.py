"""Says in words why alerts are in an incident, from the reasons that the grouping and people wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warroom.console.texts import Words

_SPOKEN: Final = frozenset(
    {
        "first",
        "after_closing",
        "shared_entity",
        "shared_entity_same_rule",
        "same_rule",
        "same_aim",
        "campaign",
        "merged",
        "split",
        "moved",
    }
)


def reason_text(reason: Mapping[str, str], words: Words, fit: Callable[[str], str]) -> str:
    """Say a reason; ``fit`` makes what attackers wrote fit for who sees it."""
    why, kind = str(reason.get("why", "")), str(reason.get("kind", ""))
    if why not in _SPOKEN:
        return words("why.other", why=fit(why))
    return words(
        f"why.{why}",
        kind=words.either(f"entity.{kind}", kind).lower(),
        value=fit(str(reason.get("value", ""))),
        rule=fit(str(reason.get("rule", ""))),
        incident=str(reason.get("incident", "")),
    )
