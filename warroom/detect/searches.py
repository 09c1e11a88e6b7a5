"""Reads a rule's searches: maps, lists, keywords, and each line of a map with its modifiers."""

from __future__ import annotations

import ipaddress
import math
from typing import TYPE_CHECKING, Any, Final

from warroom.catalog.values import meant
from warroom.detect.atoms import Atom, Compare, Exists, Network, Null, Number, Reference, Text, TimePart, Wild
from warroom.detect.condition_text import MAX_VALUES, joined, read_condition
from warroom.detect.expressions import read_expression
from warroom.detect.heading import RefusedError, shown
from warroom.detect.rules import Condition, Leaf, Negation
from warroom.detect.text_modifiers import CHANGES, alternatives, merged

if TYPE_CHECKING:
    from warroom.detect.placeholders import Placeholders

Path = tuple[str | int, ...]

#: Flags of ``re``, with pySigma's long names.
_FLAGS: Final = {"i": "i", "m": "m", "s": "s", "ignorecase": "i", "multiline": "m", "dotall": "s"}
_COMPARISONS: Final = ("lt", "lte", "gt", "gte")
#: Parts of a time, and their least and greatest values.
_PARTS: Final = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day": (1, 31),
    "week": (1, 53),
    "month": (1, 12),
    "year": (1, 9999),
}
_TYPES: Final = ("re", "cidr", "fieldref", "exists", *_COMPARISONS, *_PARTS)
#: What goes with each modifier that gives a value a type.
_WITH: Final = {
    "re": tuple(_FLAGS),
    "fieldref": ("startswith", "endswith", "contains"),
    **dict.fromkeys(_PARTS, _COMPARISONS),
}
_KNOWN: Final = ("all", "neq", "cased", "expand", *CHANGES, *_TYPES, *_FLAGS)
#: Keys that are no searches; ``timeframe`` belongs to the old counts.
_NO_SEARCHES: Final = {"detection": ("condition", "timeframe"), "filter": ("condition", "rules")}
#: Longer than any text that a log line holds.
_MAX_TEXT: Final = 32_768
_MAX_DEPTH: Final = 20


def read_detection(body: object, path: Path, placeholders: Placeholders) -> Condition:
    """Read a whole ``detection`` or ``filter``: its searches, and the condition over them.

    Raises:
        RefusedError: with the place, for anything that cannot be asked of an event as it is written.
    """
    if not isinstance(body, dict):
        raise RefusedError(f"`{path[-1]}` holds `key: value` lines: searches and a condition", *path)
    given = body.get("condition")
    texts = given if isinstance(given, list) else [given]
    if given is None or not texts:
        raise RefusedError("`condition` is missing: say which searches must be true", *path, "condition")
    if not all(isinstance(text, str) for text in texts):
        raise RefusedError("`condition` is a text, or a list of texts", *path, "condition")
    reader = _Reader(placeholders)
    searches: dict[str, Condition] = {}
    sizes: dict[str, int] = {}
    for name, search in body.items():
        if not isinstance(name, str):
            raise RefusedError(f"the name of a search is a text: put `{name}` in quotes", *path, str(name))
        if name not in _NO_SEARCHES[str(path[0])]:
            before = reader.values
            searches[name] = reader.search(search, (*path, name))
            sizes[name] = reader.values - before
    parts = [read_condition(text, searches, sizes, (*path, "condition", place)) for place, text in enumerate(texts)]
    return joined(parts, every=False)


class _Reader:
    """Reads the searches of one rule, and counts the values that they ask for."""

    def __init__(self, placeholders: Placeholders) -> None:
        self.values = 0
        self._placeholders = placeholders

    def search(self, body: object, path: Path, depth: int = 0) -> Condition:
        """Read one search: lines of a map are joined by AND, entries of a list by OR, plain values are keywords."""
        if depth > _MAX_DEPTH:
            raise RefusedError(f"nested deeper than {_MAX_DEPTH} levels", *path)
        if isinstance(body, dict | list) and not body:
            raise RefusedError(f"`{path[-1]}` is empty: write what it looks for, or remove it", *path)
        if isinstance(body, dict):
            return joined([self._line(key, values, (*path, str(key))) for key, values in body.items()], every=True)
        if isinstance(body, list) and any(isinstance(entry, dict | list) for entry in body):
            return joined(
                [self.search(entry, (*path, place), depth + 1) for place, entry in enumerate(body)], every=False
            )
        return self._line("", body, path)

    def _line(self, key: object, values: object, path: Path) -> Condition:
        """Read ``field|modifier|…: value or values``."""
        if not isinstance(key, str):
            raise RefusedError(f"a field is a text: put `{key}` in quotes", *path)
        field, *modifiers = key.split("|")
        _check(modifiers, path)
        if values == []:
            if not field:
                raise RefusedError("a list of keywords is empty", *path)
            return self._leaf(field, Null(), path)
        listed = values if isinstance(values, list) else [values]
        places: list[Path] = [(*path, place) for place in range(len(listed))] if isinstance(values, list) else [path]
        doing = [name for name in modifiers if name not in ("all", "neq", "expand")]
        parts = [
            self._expanded(field or None, doing, value, place)
            if "expand" in modifiers
            else self._value(field or None, doing, value, place)
            for value, place in zip(listed, places, strict=True)
        ]
        condition = joined(parts, every="all" in modifiers)
        return Negation(condition) if "neq" in modifiers else condition

    def _expanded(self, field: str | None, modifiers: list[str], value: object, path: Path) -> Condition:
        if not isinstance(value, str):
            raise RefusedError(f"`expand` needs a text, not {_kind(value)}", *path)
        forms = self._placeholders.expanded(value, *path)
        return joined([self._value(field, modifiers, text, path) for text in forms], every=False)

    def _value(self, field: str | None, modifiers: list[str], value: object, path: Path) -> Condition:
        kind = next((name for name in modifiers if name in _TYPES), None)
        if kind is not None and field is None and kind != "re":
            raise RefusedError(f"`{kind}` needs a field", *path)
        if kind == "exists":
            if not isinstance(value, bool):
                raise RefusedError(f"`exists` is true or false, not {_kind(value)}", *path)
            there = self._leaf(field, Exists(), path)
            return there if value else Negation(there)
        if kind is not None:
            return self._leaf(field, _typed(kind, modifiers, value, path), path)
        if isinstance(value, str):
            return self._texts(field, modifiers, value, path)
        if modifiers:
            reason = f"`{modifiers[0]}` needs a text, not {_kind(value)}: put it in quotes"
            raise RefusedError(reason, *path)
        return self._leaf(field, _plain(value, path, keyword=field is None), path)

    def _texts(self, field: str | None, modifiers: list[str], value: str, path: Path) -> Condition:
        if len(value) > _MAX_TEXT:
            raise RefusedError(f"a text is longer than {_MAX_TEXT:,} characters: no log line holds it", *path)
        try:
            forms = alternatives(value, [name for name in modifiers if name != "cased"])
        except RefusedError as problem:
            raise RefusedError(str(problem), *path) from problem
        if field is None:
            forms = [merged([Wild.MANY, *form, Wild.MANY]) for form in forms]
        return joined([self._leaf(field, Text(form, cased="cased" in modifiers), path) for form in forms], every=False)

    def _leaf(self, field: str | None, atom: Atom, path: Path) -> Condition:
        self.values += 1
        if self.values > MAX_VALUES:
            raise RefusedError(f"the rule asks for more than {MAX_VALUES:,} values: split it", *path)
        return Leaf(field, atom)


def _check(modifiers: list[str], path: Path) -> None:
    """Refuse modifiers that are not known or do not go together."""
    for name in modifiers:
        if name not in _KNOWN:
            raise RefusedError(f"unknown modifier `{shown(name)}`{meant(name[:40], _KNOWN)}", *path)
    types = [name for name in modifiers if name in _TYPES]
    for name in modifiers:
        if name in ("all", "neq", "expand") or name == (types[0] if types else None):
            continue
        if types and name not in _WITH.get(types[0], ()):
            raise RefusedError(f"`{name}` does not go with `{types[0]}`: remove one", *path)
        if not types and name in _FLAGS:
            raise RefusedError(f"`{name}` is a flag of `re`: write `re|{name}`", *path)
    if types and types[0] not in ("re", "cidr", "fieldref") and "expand" in modifiers:
        raise RefusedError(f"`expand` does not go with `{types[0]}`: remove one", *path)


def _plain(value: object, path: Path, *, keyword: bool) -> Atom:
    """Read a value without modifiers that is no text."""
    if isinstance(value, bool):
        text = str(value).lower()
        return Text((Wild.MANY, text, Wild.MANY) if keyword else (text,))
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise RefusedError("infinite and undefined numbers cannot be compared", *path)
        return Text((Wild.MANY, str(value), Wild.MANY)) if keyword else Number(value)
    if value is None and not keyword:
        return Null()
    what = "a keyword" if keyword else "a value"
    raise RefusedError(f"{what} is a text or a number, not {_kind(value)}: put it in quotes", *path)


def _typed(kind: str, modifiers: list[str], value: object, path: Path) -> Atom:
    """Read a value whose modifiers give it a type."""
    if kind in ("re", "cidr", "fieldref"):
        if not isinstance(value, str):
            raise RefusedError(f"`{kind}` needs a text, not {_kind(value)}: put it in quotes", *path)
        if kind == "re":
            return read_expression(value, "".join(sorted({_FLAGS[name] for name in modifiers if name in _FLAGS})), path)
        return _network(value, path) if kind == "cidr" else _reference(value, modifiers, path)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RefusedError(f"`{kind}` needs a number, not {_kind(value)}", *path)
    if kind in _COMPARISONS:
        return Compare(kind, value)
    least, most = _PARTS[kind]
    if not isinstance(value, int) or not least <= value <= most:
        raise RefusedError(f"`{kind}` is a whole number from {least} to {most}, not {shown(value)}", *path)
    return TimePart(kind, value, next((name for name in modifiers if name in _COMPARISONS), "eq"))


def _network(value: str, path: Path) -> Network:
    try:
        ipaddress.ip_network(value)
    except ValueError as problem:
        example = "write it as 10.0.0.0/8 or 2001:db8::/32"
        raise RefusedError(f"`{shown(value)}` is no network ({shown(problem)}): {example}", *path) from problem
    return Network(value)


def _reference(value: str, modifiers: list[str], path: Path) -> Reference:
    pieces = alternatives(value, [])
    if len(pieces[0]) != 1 or not isinstance(pieces[0][0], str):
        raise RefusedError(f"`fieldref` names one field, without wildcards, not `{shown(value)}`", *path)
    anywhere = "contains" in modifiers
    return Reference(pieces[0][0], anywhere or "startswith" in modifiers, anywhere or "endswith" in modifiers)


def _kind(value: Any) -> str:  # noqa: ANN401  whatever YAML gives
    if value is None:
        return "null"
    known = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a map"}
    return known.get(type(value), f"a {type(value).__name__}")
