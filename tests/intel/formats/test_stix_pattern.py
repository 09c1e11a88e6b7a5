"""Patterns of STIX: what is written is read again, what is broken is told where, and nothing takes long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.intel.formats.stix_pattern import DEEPEST, MOST_TEXT, PatternError, parse
from warroom.intel.formats.stix_tree import (
    Combined,
    Comparison,
    Expression,
    Joined,
    Literal,
    ObjectPath,
    Observation,
    Pattern,
    Qualified,
    path_text,
    write,
)


def literal(text: str, sort: str = "string") -> Literal:
    return Literal(sort, text)


def one(type_: str, *steps: str | int | None, value: str = "x") -> Comparison:
    return Comparison(ObjectPath(type_, steps), "=", (literal(value),))


A, B, C = one("a", "b"), one("c", "d"), one("e", "f")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("[a:b = 'x']", Observation(A)),
        ("  [ a:b='x' ]  // plain\n", Observation(A)),
        ("[a:b == 'x' /* as in 2.0 */]", Observation(A)),
        ("[a:b = 'x' AND c:d = 'x' OR e:f = 'x']", Observation(Joined("OR", (Joined("AND", (A, B)), C)))),
        ("[a:b = 'x' OR c:d = 'x' AND e:f = 'x']", Observation(Joined("OR", (A, Joined("AND", (B, C)))))),
        ("[a:b = 'x' and (c:d = 'x' or e:f = 'x')]", Observation(Joined("AND", (A, Joined("OR", (B, C)))))),
        ("[a:b = 'x' AND c:d = 'x' AND e:f = 'x']", Observation(Joined("AND", (A, B, C)))),
        (
            "[a:b = 'x'] FOLLOWEDBY [c:d = 'x'] OR [e:f = 'x'] AND [a:b = 'x']",
            Combined(
                "FOLLOWEDBY",
                (
                    Observation(A),
                    Combined("OR", (Observation(B), Combined("AND", (Observation(C), Observation(A))))),
                ),
            ),
        ),
        (
            "([a:b = 'x'] AND [c:d = 'x']) WITHIN 300 SECONDS",
            Qualified(Combined("AND", (Observation(A), Observation(B))), "WITHIN", (literal("300", "integer"),)),
        ),
        (
            "[a:b = 'x'] REPEATS 5 TIMES WITHIN 1.5 SECONDS",
            Qualified(
                Qualified(Observation(A), "REPEATS", (literal("5", "integer"),)), "WITHIN", (literal("1.5", "float"),)
            ),
        ),
        (
            "[a:b = 'x'] START t'2020-01-01T00:00:00Z' STOP t'2021-01-01T00:00:00Z'",
            Qualified(
                Observation(A),
                "START",
                (literal("2020-01-01T00:00:00Z", "timestamp"), literal("2021-01-01T00:00:00Z", "timestamp")),
            ),
        ),
        (
            "[a:b = 'x'] START '2020-01-01T00:00:00Z' STOP '2021-01-01T00:00:00Z'",  # as 2.0 has it
            Qualified(
                Observation(A),
                "START",
                (literal("2020-01-01T00:00:00Z", "timestamp"), literal("2021-01-01T00:00:00Z", "timestamp")),
            ),
        ),
        ("[file:hashes.'SHA-256' = 'x']", Observation(one("file", "hashes", "SHA-256"))),
        ("[file:hashes.SHA-256 = 'x']", Observation(one("file", "hashes", "SHA-256"))),
        ('[file:hashes."MD5" = "x"]', Observation(one("file", "hashes", "MD5"))),
        (
            "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'x']",
            Observation(one("network-traffic", "extensions", "http-request-ext", "request_header", "User-Agent")),
        ),
        ("[a:b[*].c[0].d[-1] = 'x']", Observation(one("a", "b", None, "c", 0, "d", -1))),
        ("[a:b = 'it\\'s \\\\ and C:\\Windows']", Observation(one("a", "b", value="it's \\ and C:\\Windows"))),
        ("[a:b NOT = 'x']", Observation(Comparison(A.path, "=", A.values, negated=True))),
        ("[a:b <> 'x']", Observation(Comparison(A.path, "!=", A.values))),
        ("[EXISTS a:b]", Observation(Comparison(A.path, "EXISTS", ()))),
        (
            "[a:b NOT IN (1, -2.5, true, h'0aFF', b'aGk=', 'x')]",
            Observation(
                Comparison(
                    A.path,
                    "IN",
                    (
                        literal("1", "integer"),
                        literal("-2.5", "float"),
                        literal("true", "boolean"),
                        literal("0aFF", "hex"),
                        literal("aGk=", "binary"),
                        literal("x"),
                    ),
                    negated=True,
                )
            ),
        ),
        ("[a:b LIKE 'x']", Observation(Comparison(A.path, "LIKE", A.values))),
        ("[a:b MATCHES 'x']", Observation(Comparison(A.path, "MATCHES", A.values))),
        ("[a:b ISSUBSET 'x']", Observation(Comparison(A.path, "ISSUBSET", A.values))),
        ("[a:b ISSUPERSET 'x']", Observation(Comparison(A.path, "ISSUPERSET", A.values))),
        ("[a:b >= 5]", Observation(Comparison(A.path, ">=", (literal("5", "integer"),)))),
    ],
)
def test_a_pattern_is_read_as_it_is_meant(text: str, tree: Pattern) -> None:
    assert parse(text) == tree
    assert parse(write(tree)) == tree


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "position 1: there should be `[`, not the end"),
        ("a:b = 'x'", "position 1: there should be `[`, not `a`"),
        ("[a:b = 'x'", "position 11: there should be `]`, not the end"),
        ("[a:b = 'x'] [c:d = 'x']", "position 13: there should be an end, not `[`"),
        ("[a:b = 'x]", "position 8: a string that does not end"),
        ("[a:b = 'x' AND]", "position 15: there should be a type of object, such as file, not `]`"),
        ("[a = 'x']", "position 4: there should be `:`, not `=`"),
        ("[a:b ~ 'x']", "position 6: a sign that has no meaning here: `~`"),
        ("[a:b LIKE 5]", "position 11: there should be a string, not `5`"),
        ("[a:b IN ('x' 'y')]", "position 14: there should be `,`, not `'y'`"),
        ("[a:b = t'2020']", "position 8: there should be a time such as 2020-10-25T16:22:00Z, not `t'2020'`"),
        ("[a:b = h'0']", "position 8: there should be two digits of 0 to 9 and a to f for each byte, not `h'0'`"),
        ("[a:b = b'*']", "position 8: there should be base64, not `b'*'`"),
        ("[a:b = 'x'] WITHIN 0 SECONDS", "position 20: there should be a number above 0, not `0`"),
        ("[a:b = 'x'] REPEATS 1.5 TIMES", "position 21: there should be a number, not `1.5`"),
        ("[a:b = 'x'] WITHIN 5 MINUTES", "position 22: there should be SECONDS, not `MINUTES`"),
        (
            "[a:b = 'x'] START t'2021-01-01T00:00:00Z' STOP t'2020-01-01T00:00:00Z'",
            "position 48: there should be a time after the one of START, not `t'2020-01-01T00:00:00Z'`",
        ),
        ("[a:b = 'x' /* open", "position 12: a comment that does not end"),
        ("[a:b = \x1b]", "position 8: a sign that has no meaning here: ``"),
        ("[a:b[1.5] = 'x']", "position 6: there should be a number, not `1.5`"),
    ],
)
def test_what_is_broken_is_told_where(text: str, message: str) -> None:
    with pytest.raises(PatternError) as problem:
        parse(text)
    assert str(problem.value) == message


def test_brackets_are_as_deep_as_told_and_no_deeper() -> None:
    for opened, closed, inner in (("(", ")", "[a:b = 1]"), ("(", ")", "a:b = 1")):
        deep = f"{opened * DEEPEST}{inner}{closed * DEEPEST}"
        around = "{}" if inner.startswith("[") else "[{}]"
        assert parse(around.format(deep)) == parse(around.format(inner))
        with pytest.raises(PatternError, match=f"at most {DEEPEST} brackets"):
            parse(around.format(f"({deep})"))


def test_qualifiers_are_counted() -> None:
    with pytest.raises(PatternError, match="qualifiers"):
        parse("[a:b = 1]" + " WITHIN 5 SECONDS" * (DEEPEST + 1))


@pytest.mark.parametrize(
    "unit", ["'", "\\'", "[", "(", "[a:b = 1] ", "[a:b = 1] AND ", "[a:b.", "/*", "/", "//", "/**", "t'", "1", "1.",
             "-", "a:b = 1 AND (", "[a:b IN (", "1,", "NOT ", "\x00", "ก", " ", "\n", '"\\', "[*]"],
)  # fmt: skip
@pytest.mark.timeout(60)
def test_hostile_text_is_refused_in_time(unit: str) -> None:
    for start in ("", "[a:b = ", "[a:b IN ("):
        with pytest.raises(PatternError):
            parse((start + unit * _LONG)[:_LONG])
    with pytest.raises(PatternError, match="longer than"):
        parse(unit * MOST_TEXT + "x")


#: So much that what is not linear would never end.
_LONG = 1 << 16


@given(st.text(alphabet="[]()ab:.=<>!*'\"\\ ,15-tNOTANDIN/\n", max_size=80))
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    try:
        tree = parse(text)
    except PatternError as problem:
        assert str(problem).isprintable()  # noqa: PT017 - either is right
    else:
        assert parse(write(tree)) == tree


_NAMES = st.from_regex(r"[a-z_][a-z0-9_-]{0,6}", fullmatch=True)
_STEPS = st.one_of(_NAMES, st.text(max_size=6), st.none(), st.integers(-9, 99))
_PATHS = st.builds(
    lambda type_, first, more: ObjectPath(type_, (first, *more)), _NAMES, _NAMES, st.lists(_STEPS, max_size=3)
)
_LITERALS = st.one_of(
    st.text(max_size=12).map(literal),
    st.integers().map(lambda number: literal(str(number), "integer")),
    st.decimals(-999, 999, places=3).map(lambda number: literal(str(number), "float")),
    st.sampled_from(["true", "false"]).map(lambda text: literal(text, "boolean")),
    st.datetimes().map(lambda moment: literal(f"{moment:%Y-%m-%dT%H:%M:%SZ}".rjust(20, "0"), "timestamp")),
    st.binary(min_size=1, max_size=4).map(lambda data: literal(data.hex(), "hex")),
)
_COMPARISONS = st.one_of(
    st.builds(
        lambda path, operator, value, negated: Comparison(path, operator, (value,), negated),
        _PATHS,
        st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
        _LITERALS,
        st.booleans(),
    ),
    st.builds(
        lambda path, operator, value, negated: Comparison(path, operator, (literal(value),), negated),
        _PATHS,
        st.sampled_from(["LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"]),
        st.text(max_size=8),
        st.booleans(),
    ),
    st.builds(
        lambda path, values, negated: Comparison(path, "IN", tuple(values), negated),
        _PATHS,
        st.lists(_LITERALS, max_size=3),
        st.booleans(),
    ),
    _PATHS.map(lambda path: Comparison(path, "EXISTS", ())),
)
_EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    _COMPARISONS,
    lambda inner: st.builds(
        lambda operator, parts: Joined(operator, tuple(parts)),
        st.sampled_from(["AND", "OR"]),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=8,
)
_QUALIFIERS = st.sampled_from(
    [
        ("WITHIN", (literal("5", "integer"),)),
        ("WITHIN", (literal("0.5", "float"),)),
        ("REPEATS", (literal("2", "integer"),)),
        ("START", (literal("2020-01-01T00:00:00Z", "timestamp"), literal("2021-01-01T00:00:00.5Z", "timestamp"))),
    ]
)
_PATTERNS: st.SearchStrategy[Pattern] = st.recursive(
    _EXPRESSIONS.map(Observation),
    lambda inner: st.one_of(
        st.builds(
            lambda operator, parts: Combined(operator, tuple(parts)),
            st.sampled_from(["AND", "OR", "FOLLOWEDBY"]),
            st.lists(inner, min_size=2, max_size=3),
        ),
        st.builds(lambda part, qualifier: Qualified(part, *qualifier), inner, _QUALIFIERS),
    ),
    max_leaves=5,
)


@given(_PATTERNS)
def test_every_tree_is_read_as_it_was_written(tree: Pattern) -> None:
    assert parse(write(tree)) == tree


@given(_PATHS)
def test_every_path_is_read_as_it_was_written(path: ObjectPath) -> None:
    tree = parse(f"[{path_text(path)} = 1]")
    assert isinstance(tree, Observation)
    assert isinstance(tree.expression, Comparison)
    assert tree.expression.path == path
