"""A second reading of Sigma 2.1, slow and obvious: what the engine's answers are compared with.

It shares no code with the engine and does not use pySigma. Rules are the dicts of their YAML, events those of
``plain_events``; ``plain_values`` says what one value asks of one text. Sections named are those of the rules
specification (https://github.com/SigmaHQ/sigma-specification, version 2.1.0).
"""

from __future__ import annotations

import fnmatch
import functools
import re
from collections.abc import Callable, Iterable, Mapping

from detect.plain_events import KEYS, Event, meets
from detect.plain_values import Modifiers, Value, fold, holds

#: A document of YAML.
Document = Mapping[str, object]
#: Placeholder → what it stands for here.
Placeholders = Mapping[str, tuple[str, ...]]
#: A condition, read: says whether it is true, given the names of the searches and how to ask one.
Condition = Callable[[list[str], Callable[[str], bool]], bool]


def matches(
    rule: Document, event: Event, filters: Iterable[Document] = (), placeholders: Placeholders | None = None
) -> bool:
    """Say whether a rule is true for an event of its log source, and so is each filter that names the rule."""
    tests = [rule["detection"], *(one["filter"] for one in filters if names(one, rule))]
    return meets(rule["logsource"], event) and all(detected(test, event, placeholders or {}) for test in tests)


def names(one: Document, rule: Document) -> bool:
    """Say whether a filter is for a rule: it names the rule, or ``any`` rule of its log source."""
    named = one["filter"]["rules"]
    wide, narrow = one.get("logsource") or {}, rule["logsource"]
    covered = all(key not in wide or lower(wide[key]) == lower(narrow.get(key)) for key in KEYS)
    return covered and (named == "any" or rule.get("id") in named or rule.get("name") in named)


def lower(name: object) -> str | None:
    return None if name is None else str(name).lower()


def detected(detection: Document, event: Event, placeholders: Placeholders) -> bool:
    """Evaluate a detection; of several conditions one is enough ("The condition can be a list … OR")."""
    conditions = detection["condition"]
    searches = {name: body for name, body in detection.items() if name not in ("condition", "timeframe", "rules")}

    @functools.cache
    def found(name: str) -> bool:
        return search(searches[name], event, placeholders)

    texts = conditions if isinstance(conditions, list) else [conditions]
    return any(read(text)(list(searches), found) for text in texts)


@functools.cache
def read(text: str) -> Condition:
    """Read a condition by its grammar: ``or`` binds least, then ``and``, ``not``, ``x of``, brackets."""
    words = re.findall(r"[()]|[^\s()]+", text)
    condition = alternatives(words)
    if words:
        raise ValueError(f"{text}: {words[0]} is too much")
    return condition


def alternatives(words: list[str]) -> Condition:
    parts = [together(words)]
    while words and words[0] == "or":
        words.pop(0)
        parts.append(together(words))
    return lambda names, found: any(part(names, found) for part in parts)


def together(words: list[str]) -> Condition:
    parts = [single(words)]
    while words and words[0] == "and":
        words.pop(0)
        parts.append(single(words))
    return lambda names, found: all(part(names, found) for part in parts)


def single(words: list[str]) -> Condition:
    word = words.pop(0)
    if word == "not":
        negated = single(words)
        return lambda names, found: not negated(names, found)
    if word == "(":
        inner = alternatives(words)
        if words.pop(0) != ")":
            raise ValueError("a bracket is not closed")
        return inner
    if word in ("1", "any", "all") and words[:1] == ["of"]:
        words.pop(0)
        pattern = words.pop(0)
        join = all if word == "all" else any
        return lambda names, found: join([found(name) for name in names if meant(pattern, name)])
    return lambda _, found: found(word)


def meant(pattern: str, name: str) -> bool:
    """Say whether ``them`` or a pattern means a search; those that begin with ``_`` only if the pattern does."""
    hidden = name.startswith("_") and not pattern.startswith("_")
    return not hidden and (pattern == "them" or fnmatch.fnmatchcase(name, pattern))


def search(body: object, event: Event, placeholders: Placeholders) -> bool:
    """Evaluate a search: maps are joined by AND, lists by OR, plain values are keywords."""
    if isinstance(body, Mapping):
        return all(item(key, values, event, placeholders) for key, values in body.items())
    if isinstance(body, list):
        return any(search(part, event, placeholders) for part in body)
    return item("", body, event, placeholders)


def item(key: str, values: object, event: Event, placeholders: Placeholders) -> bool:
    """Evaluate one line of a search: ``field|modifier|…: value or values``."""
    field, *modifiers = key.split("|")
    wanted: list[Value] = values if isinstance(values, list) else [values]
    if values == []:
        return not event.values(field)
    join = all if "all" in modifiers else any
    doing = tuple(name for name in modifiers if name not in ("all", "neq"))
    answer = join(one(field, doing, value, event, placeholders) for value in wanted)
    return not answer if "neq" in modifiers else answer


def one(field: str, modifiers: Modifiers, value: Value, event: Event, placeholders: Placeholders) -> bool:
    """Say whether one value of a rule is true for an event."""
    if "expand" in modifiers:
        rest = tuple(name for name in modifiers if name != "expand")
        return any(one(field, rest, text, event, {}) for text in expanded(str(value), placeholders))
    if not field:
        anywhere = modifiers if "re" in modifiers else (*modifiers, "contains")
        return any(holds(anywhere, value, text) for text in event.texts())
    found = event.values(field)
    if "exists" in modifiers:
        return bool(found) == value
    if value is None:
        return not found
    if "fieldref" in modifiers:
        others = event.stored(str(value))  # two fields are compared as they were logged
        return any(related(modifiers, text, other) for text in event.stored(field) for other in others)
    return any(holds(modifiers, value, text) for text in found)


def related(modifiers: Modifiers, text: str, other: str) -> bool:
    """Compare the values of two fields."""
    if "cased" not in modifiers:
        text, other = fold(text), fold(other)
    if "contains" in modifiers or {"startswith", "endswith"} <= set(modifiers):
        return other in text
    if "startswith" in modifiers:
        return text.startswith(other)
    return text.endswith(other) if "endswith" in modifiers else text == other


def expanded(value: str, placeholders: Placeholders) -> list[str]:
    r"""Put every value of each ``%placeholder%`` in its place; ``\%`` is a plain percent sign."""
    found = re.search(r"(?<!\\)%([^%]+)%", value)
    if found is None:
        return [value.replace("\\%", "%")]
    before = value[: found.start()].replace("\\%", "%")
    rests = expanded(value[found.end() :], placeholders)
    return [before + text + rest for text in placeholders[found[1]] for rest in rests]
