"""The engine and the plain evaluator give the same answers for random rules and events."""

from __future__ import annotations

from typing import Any

from detect import events as making
from detect.plain_evaluator import matches
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from warroom.detect import match
from warroom.detect.heading import RefusedError

FIELDS = ["a", "b", "c d"]
LETTERS = st.sampled_from(
    [*"aAbBxX19.-/ \\*?", "é", "É", "ß", "ẞ", "İ", "ſ", "ก", "\n", "\x02", "\x03", "\x1a", "\0", "😀"]
)
TEXTS = st.text(LETTERS, max_size=6)
VALUES = st.one_of(TEXTS, TEXTS, st.sampled_from(["-a", "ab /x", "192.0.2.7", "2001:db8::1", "404", "4.5", "-1", ""]))
PLAIN = [
    "",
    "contains",
    "startswith",
    "endswith",
    "cased",
    "contains|cased",
    "wide|contains",
    "windash|contains",
    "neq",
]
ENCODED = ["base64", "base64offset|contains", "utf16be|base64offset|contains", "wide|base64"]
REGEXES = st.sampled_from([r"a.b", r"^a", r"b$", r"^$", r"[aA]+x?", r"(?=a)", r"a|É", r"^.{2}$", r"(a)\1", r"^[^a]*$"])


@st.composite
def items(draw: st.DrawFn) -> tuple[str, Any]:  # noqa: PLR0911  one line a kind
    """One line of a search: a field with modifiers, and its values."""
    field = draw(st.sampled_from(FIELDS))
    kind = draw(
        st.sampled_from(
            ["text", "text", "text", "list", "encoded", "re", "cidr", "number", "compare", "exists", "null", "ref"]
        )
    )
    match kind:
        case "text":
            return f"{field}|{draw(st.sampled_from(PLAIN))}".rstrip("|"), draw(VALUES)
        case "list":
            modifier = draw(st.sampled_from(["", "contains", "contains|all", "startswith", "windash"]))
            return f"{field}|{modifier}".rstrip("|"), draw(
                st.lists(st.one_of(VALUES, st.integers(0, 9)) if not modifier else VALUES, min_size=2, max_size=3)
            )
        case "encoded":
            return f"{field}|{draw(st.sampled_from(ENCODED))}", draw(st.text("aAbB1", min_size=1, max_size=4))
        case "re":
            return f"{field}|re{draw(st.sampled_from(['', '|i', '|m', '|s']))}", draw(REGEXES)
        case "cidr":
            return f"{field}|cidr", draw(st.sampled_from(["192.0.2.0/24", "2001:db8::/32", "10.0.0.0/8"]))
        case "number":
            return field, draw(st.sampled_from([404, 4.5, -1, 1]))
        case "compare":
            return f"{field}|{draw(st.sampled_from(['lt', 'lte', 'gt', 'gte']))}", draw(st.sampled_from([404, 4, 0]))
        case "exists":
            return f"{field}|exists", draw(st.booleans())
        case "null":
            return field, None
        case _:
            modifier = draw(
                st.sampled_from(["fieldref", "fieldref|startswith", "fieldref|endswith", "fieldref|contains"])
            )
            return f"{field}|{modifier}", draw(st.sampled_from(FIELDS))


SEARCHES = st.one_of(
    st.lists(items(), min_size=1, max_size=3).map(dict),
    st.lists(st.lists(items(), min_size=1, max_size=2).map(dict), min_size=1, max_size=2),
    st.lists(VALUES.filter(bool), min_size=1, max_size=2),
)
CONDITIONS = st.sampled_from(
    [
        "s1",
        "not s1",
        "s1 and not s2",
        "s1 or s2",
        "1 of s*",
        "all of s*",
        "all of them",
        "not (s1 and s2) or s3",
        "not 1 of them",
    ]
)
EVENTS = st.lists(
    st.dictionaries(st.sampled_from(FIELDS), st.one_of(VALUES, VALUES, st.lists(VALUES, max_size=2))),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(SEARCHES, SEARCHES, SEARCHES, CONDITIONS), min_size=1, max_size=4),
    EVENTS,
    st.lists(TEXTS, min_size=6, max_size=6),
)
def test_engine_agrees_with_plain_evaluator(drawn: list[Any], events: list[dict[str, Any]], raw: list[str]) -> None:
    rules = [
        {"title": f"rule {number}", "detection": {"s1": one, "s2": two, "s3": three, "condition": condition}}
        for number, (one, two, three, condition) in enumerate(drawn)
    ]
    try:
        ruleset = making.ruleset(*rules)
    except RefusedError:
        assume(False)
    batch = making.batch(events, raw=raw[: len(events)])
    found = match(batch, ruleset)
    expected = [
        (row, number)
        for row, event in enumerate(events)
        for number, rule in enumerate(rules)
        if matches(rule, event, raw[row])
    ]
    assert list(zip(found["row"].to_pylist(), found["rule"].to_pylist(), strict=True)) == expected
