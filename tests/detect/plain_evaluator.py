"""A second reading of Sigma, slow and obvious, over plain dicts: what the engine's answers are compared with.

It shares no code with the engine and does not use pySigma: rules are the dicts of their YAML.
"""

from __future__ import annotations

import base64
import fnmatch
import ipaddress
import re

#: What YAML gives.
Value = object
Event = dict[str, object]


def matches(rule: dict[str, dict[str, Value]], event: Event, raw: str) -> bool:
    """Say whether a rule is true for an event; an absent field is absent from the dict."""
    detection = rule["detection"]
    conditions = detection["condition"]
    searches = {name: body for name, body in detection.items() if name != "condition"}
    texts = [raw, *(one for value in event.values() for one in several(value))]
    found = {name: search(body, event, texts) for name, body in searches.items()}
    return any(condition(text, found) for text in (conditions if isinstance(conditions, list) else [conditions]))


def condition(text: str, found: dict[str, bool]) -> bool:
    """Evaluate a condition by writing Python in its place."""

    def quantified(match: re.Match[str]) -> str:
        names = [n for n in found if (match[2] == "them" and n[0] != "_") or fnmatch.fnmatchcase(n, match[2])]
        return f"{'all' if match[1] == 'all' else 'any'}([{', '.join(str(found[name]) for name in names)}])"

    text = re.sub(r"\b(1|any|all) of ([\w*]+)", quantified, text)
    words = re.sub(r"\b(?!(?:and|or|not|any|all|True|False)\b)[A-Za-z_]\w*", lambda match: str(found[match[0]]), text)
    return bool(eval(words, {"__builtins__": {}, "any": any, "all": all}))  # noqa: S307  made of the names above


def search(body: Value, event: Event, texts: list[str]) -> bool:
    if isinstance(body, dict):
        return all(item(key, value, event, texts) for key, value in body.items())
    if isinstance(body, list):
        return any(search(part, event, texts) for part in body)
    return item("", body, event, texts)


def item(key: str, values: Value, event: Event, texts: list[str]) -> bool:
    field, *modifiers = key.split("|")
    wanted = values if isinstance(values, list) else [values]
    join = all if "all" in modifiers else any
    answer = join(one(field, modifiers, value, event, texts) for value in wanted)
    return not answer if "neq" in modifiers else answer


def one(field: str, modifiers: list[str], value: Value, event: Event, texts: list[str]) -> bool:
    """Say whether one value of a rule is true for an event."""
    if not field:
        return any(test(["contains", *modifiers], value, text) for text in texts)
    found = several(event.get(field))
    if "exists" in modifiers:
        return bool(found) == value
    if value is None:
        return not found
    if "fieldref" in modifiers:
        others = several(event.get(value))
        return any(compare(modifiers, folded(text), folded(other)) for text in found for other in others)
    return any(test(modifiers, value, text) for text in found)


def test(modifiers: list[str], value: Value, text: str) -> bool:  # noqa: PLR0911  one line a kind
    """Say whether one text satisfies one value."""
    for name, holds in (("lt", float.__lt__), ("lte", float.__le__), ("gt", float.__gt__), ("gte", float.__ge__)):
        if name in modifiers:
            return is_number(text) and holds(float(text), float(value))
    if isinstance(value, bool):
        value = str(value)
    if isinstance(value, int | float):
        if "contains" in modifiers:
            return str(value) in text
        return is_number(text) and float(text) == value
    if "re" in modifiers:
        flags = sum(
            flag for name, flag in (("i", re.IGNORECASE), ("m", re.MULTILINE), ("s", re.DOTALL)) if name in modifiers
        )
        return re.search(value, text, flags) is not None
    if "cidr" in modifiers:
        try:
            return ipaddress.ip_address(text) in ipaddress.ip_network(value)
        except ValueError:
            return False
    cased = "cased" in modifiers
    return any(glob(around(modifiers, tokens), text, cased=cased) for tokens in encoded(modifiers, parsed(value)))


def compare(modifiers: list[str], text: str, other: str) -> bool:
    if "contains" in modifiers:
        return other in text
    if "startswith" in modifiers:
        return text.startswith(other)
    return text.endswith(other) if "endswith" in modifiers else text == other


def parsed(value: str) -> list[str]:
    """Split a value into characters; wildcards become ``<*>`` and ``<?>``."""
    tokens: list[str] = []
    place = 0
    while place < len(value):
        if value[place] == "\\" and value[place + 1 : place + 2] in ("\\", "*", "?"):
            tokens.append(value[place + 1])
            place += 2
            continue
        tokens.append(f"<{value[place]}>" if value[place] in "*?" else value[place])
        place += 1
    return tokens


def encoded(modifiers: list[str], tokens: list[str]) -> list[list[str]]:
    """Apply the encodings, in the order written; each answer is an alternative."""
    answers = [tokens]
    for modifier in modifiers:
        if modifier in ("wide", "utf16le"):
            answers = [[part for token in tokens for part in wide(token, (token, "\0"))] for tokens in answers]
        elif modifier == "utf16be":
            answers = [[part for token in tokens for part in wide(token, ("\0", token))] for tokens in answers]
        elif modifier == "base64":
            answers = [list(base64.b64encode("".join(tokens).encode()).decode()) for tokens in answers]
        elif modifier == "base64offset":
            answers = [offset for tokens in answers for offset in offsets("".join(tokens).encode())]
        elif modifier == "windash":
            answers = [dashed for tokens in answers for dashed in dashes(tokens)]
    return answers


def wide(token: str, pair: tuple[str, ...]) -> tuple[str, ...]:
    """Encode a character in two; a wildcard stays one."""
    return pair if len(token) == 1 else (token,)


def offsets(data: bytes) -> list[list[str]]:
    """Encode at each of the three offsets, leaving out characters that depend on what stands beside."""
    found = []
    for before in range(3):
        text = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        begin = (0, 2, 3)[before]
        end = len(text) if (before + len(data)) % 3 == 0 else len(text) - 1
        found.append(list(text[begin:end]))
    return found


def dashes(tokens: list[str]) -> list[list[str]]:
    """Write each dash that begins a word in every form."""
    text = "".join(token if len(token) == 1 else "\1" for token in tokens)
    answers: list[list[str]] = [[]]
    for place, token in enumerate(tokens):
        forms = [token]
        if token in "-/" and re.compile(r"\B[-/]\b").match(text, place):  # noqa: S105  no password
            forms = ["-", "/", "\u2013", "\u2014", "\u2015"]
        answers = [[*answer, form] for answer in answers for form in forms]
    return answers


def around(modifiers: list[str], tokens: list[str]) -> list[str]:
    before = ["<*>"] if "contains" in modifiers or "endswith" in modifiers else []
    after = ["<*>"] if "contains" in modifiers or "startswith" in modifiers else []
    return before + tokens + after


def glob(tokens: list[str], text: str, *, cased: bool) -> bool:
    """Match the whole text by dynamic programming: which beginnings of the text can the tokens so far match."""
    reached = {0}
    for token in tokens:
        if token == "<*>":  # noqa: S105  no password
            reached = set(range(min(reached), len(text) + 1)) if reached else set()
        else:
            reached = {
                place + 1
                for place in reached
                if place < len(text) and (token == "<?>" or same(token, text[place], cased=cased))  # noqa: S105
            }
    return len(text) in reached


def same(left: str, right: str, *, cased: bool) -> bool:
    return left == right if cased else folded(left) == folded(right)


def folded(text: str) -> str:
    """Fold each character where its folding is one character, else lower it where that is one."""
    answer = ""
    for character in text:
        choices = [form for form in (character.casefold(), character.lower()) if len(form) == 1]
        answer += choices[0] if choices else character
    return answer


def is_number(text: str) -> bool:
    return re.fullmatch(r" *[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)? *", text) is not None


def several(value: Value) -> list[str]:
    return [] if value is None else [one for one in value if one is not None] if isinstance(value, list) else [value]
