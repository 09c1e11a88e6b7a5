"""What an audit entry says to people: one sentence, and its body as short pairs. Personal data is masked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from warroom.console.masking import masked
from warroom.console.times import date_time

if TYPE_CHECKING:
    from warroom.console.texts import Words
    from warroom.store.audit import Stored

#: Subjects that are names of accounts: who acts for the war room is known to who reads its audit.
_NAMED: Final = frozenset({"account"})
#: Keys whose values are words of ours, and where their texts are.
_SPOKEN: Final[dict[str, Callable[[str], str]]] = {
    "change": lambda value: f"changed.{value.replace(' ', '_')}",
    "what": lambda value: f"contact_done.{value}",
    "proof": lambda value: f"proof.{value}",
    "signed_as": lambda value: f"signed_as.{value}",
    "least_severity": lambda value: f"severity.{value}",
    "kind": lambda value: f"planned.{value}",
    "scopes": lambda value: f"permission.{value}",
} | dict.fromkeys(("roles", "before", "after", "kept"), lambda value: f"role.{value}")
#: A number above this is a moment in microseconds since 1970, after 2001; nothing that is counted comes near it.
_A_MOMENT: Final = 10**15
_MOST_PAIRS: Final = 40
_FIRST: Final = ("change", "before", "after", "reason", "why")


def subject(entry: Stored, words: Words) -> str:
    """Say what an entry is about: ``account somchai``; empty where it is about nothing."""
    if not entry.subject_kind:
        return ""
    named = entry.subject_id if entry.subject_kind in _NAMED else masked(entry.subject_id)
    kind = words.either(f"subject.{entry.subject_kind}", entry.subject_kind)
    return f"{kind} {named}".strip()


def sentence(entry: Stored, words: Words) -> str:
    """Say in a sentence what somebody did; its code where this version does not know it."""
    return words.either(f"audit.{entry.action}", entry.action, subject=subject(entry, words)).strip()


def pairs(entry: Stored, words: Words) -> list[tuple[str, str]]:
    """Give an entry's body as names and values, as it is stored where it is no object."""
    try:
        body = json.loads(entry.body)
    except ValueError:
        return [("?", masked(entry.body))]
    if not isinstance(body, dict):
        return [("?", masked(entry.body))]
    about_platforms = {"platforms"} | ({"before", "after"} if body.get("change") == "platforms" else set())
    return [
        (
            words.either(f"detail.{key}", masked(str(key))),
            words("accounts.everywhere") if value == [] and key in about_platforms else _value(str(key), value, words),
        )
        for key, value in sorted(body.items(), key=_place)[:_MOST_PAIRS]
    ]


def in_short(entry: Stored, words: Words) -> str:
    """Give an entry's body in one line."""
    return " · ".join(f"{name}: {value}" for name, value in pairs(entry, words) if value != "")


def actor_name(name: str, words: Words) -> str:
    """Give who acted; the worker and the store in the reader's language."""
    return words.either(f"actor.{name}", name)


def _place(pair: tuple[str, object]) -> int:
    """Put what changed first, and what it was before what it is; the chain keeps names in the order of the alphabet."""
    return _FIRST.index(pair[0]) if pair[0] in _FIRST else len(_FIRST)


def _value(key: str, value: Any, words: Words) -> str:  # noqa: ANN401  whatever JSON holds
    if isinstance(value, bool):
        return words("detail.true" if value else "detail.false")
    if value is None:
        return "—"
    if isinstance(value, list):
        return ", ".join(_value(key, one, words) for one in value) or "—"
    if isinstance(value, int) and value > _A_MOMENT:
        return date_time(value, words.language)
    if isinstance(value, dict):
        return masked(json.dumps(value, ensure_ascii=False))
    text = str(value)
    return words.either(_SPOKEN[key](text), masked(text)) if key in _SPOKEN else masked(text)
