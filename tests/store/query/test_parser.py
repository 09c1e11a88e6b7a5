"""The search language: what it means, and that everything else is refused with the place and a remedy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.errors import UsageError
from warroom.store.query import (
    LONGEST_QUERY,
    And,
    Compare,
    Exists,
    Match,
    Network,
    Not,
    Or,
    QueryError,
    Text,
    Wild,
    event_condition,
    incident_condition,
    parse,
    quoted,
)
from warroom.store.query.events import kind_of
from warroom.store.query.incidents import kind_of as incident_kind_of
from warroom.store.query.tree import REASONS


def test_terms_side_by_side_are_joined_and_or_binds_less() -> None:
    assert parse('ip:203.0.113.9 status:404 OR "union select"', kind_of) == Or(
        (And((Match("ip", ("203.0.113.9",)), Match("status", ("404",)))), Text(("union select",)))
    )
    assert parse("a AND NOT (b OR -c)", kind_of) == And((Text(("a",)), Not(Or((Text(("b",)), Not(Text(("c",))))))))
    assert parse("   ", kind_of) == And(())


def test_values() -> None:
    assert parse("url:/a*b?", kind_of) == Match("url", ("/a", Wild.ANY, "b", Wild.ONE))
    assert parse(r"url:/a\*b", kind_of) == Match("url", ("/a*b",))
    assert parse('url:"/a*b \\"x"', kind_of) == Match("url", ('/a*b "x',))
    assert parse(r'file.path:"C:\Windows\x"', kind_of) == Match("file.path", (r"C:\Windows\x",))
    assert parse("user:*", kind_of) == Exists("user")
    assert parse("status:>=500", kind_of) == Compare("status", ">=", 500)
    assert parse("status:500..599", kind_of) == And((Compare("status", ">=", 500), Compare("status", "<=", 599)))
    assert parse("ip:10.0.0.0/8", kind_of) == Network("ip", 10 << 24, (11 << 24) - 1)
    assert parse("url.path:../../etc", kind_of) == Match("url.path", ("../../etc",))
    assert parse("ts:>=2026-11-22T07:00", kind_of) == Compare("ts", ">=", 1_795_305_600_000_000)
    assert parse("ts:>=2026-11-22T00:00Z", kind_of) == Compare("ts", ">=", 1_795_305_600_000_000)
    assert parse("https://x.example/a 08:15", kind_of) == And((Text(("https://x.example/a",)), Text(("08:15",))))
    assert parse("จังหวัด:นนทบุรี", kind_of) == Text(("จังหวัด:นนทบุรี",))


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ('a "b', "open_quote", 2),
        ("a (b", "open_bracket", 2),
        ("a (", "open_bracket", 2),
        ("a) b", "close_bracket", 1),
        ("a ()", "empty_brackets", 3),
        ("AND a", "operator", 0),
        ("a OR", "operator", 2),
        ("a OR AND b", "operator", 5),
        ("NOT", "operator", 0),
        ("user:", "no_value", 0),
        ('user:""', "no_value", 0),
        ("status:abc", "not_number", 0),
        ("a status:>x", "not_number", 2),
        ("ts:>yesterday", "not_time", 0),
        ("ts:2026-11-22", "not_time", 0),
        ("ts:>2026-13-01", "not_time", 0),
        ("status:9..1", "not_range", 0),
        ("ip:999.0.0.1/8", "not_network", 0),
        ("user:>bob", "not_comparable", 0),
        ("(" * 21 + "a" + ")" * 21, "too_deep", 20),
        ("-" * 30 + "a", "too_deep", 20),
        ("a " * 101, "too_many", 200),
        ("x" * (LONGEST_QUERY + 1), "too_long", LONGEST_QUERY),
        ("a\0", "not_text", 1),
        ("a\ud800", "not_text", 1),
    ],
)
def test_what_is_refused_and_where(text: str, code: str, position: int) -> None:
    with pytest.raises(QueryError) as refusal:
        parse(text, kind_of)
    assert (refusal.value.code, refusal.value.position) == (code, position)
    assert isinstance(refusal.value, UsageError)
    assert str(refusal.value).startswith(f"character {position + 1}: ")


def test_a_field_that_incidents_lack_is_refused_by_name() -> None:
    with pytest.raises(QueryError, match=r"no field `http\.version`"):
        parse("http.version:1", incident_kind_of)
    assert set(REASONS) >= {"unknown_field"}


PIECES = st.sampled_from(
    [
        "a",
        "ip:",
        "status:",
        "ts:",
        "number:",
        "x.y:",
        '"',
        "(",
        ")",
        " ",
        "AND",
        "OR",
        "NOT",
        "-",
        "*",
        "?",
        "\\",
        ">=",
        "..",
        "1",
        "/8",
        "'",
        ";",
        "--",
        "ก",
        "\0",
        "\ud800",
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map("".join)))
def test_whatever_is_typed_is_understood_or_refused(text: str) -> None:
    for kind, condition in ((kind_of, event_condition), (incident_kind_of, incident_condition)):
        try:
            node = parse(text, kind)
        except QueryError as refusal:
            found = refusal.position
        else:
            condition(node)
            found = 0
        assert 0 <= found <= len(text)


@given(st.text(alphabet="'\";-ก)(x ", min_size=1, max_size=30))
def test_no_value_gets_into_the_text_of_the_query(value: str) -> None:
    node = Match("nobody's.field", (value,))
    sql, values = event_condition(And((node, Text((value,)), Exists(value))))
    fixed, _ = event_condition(And((Match("nobody's.field", ("x",)), Text(("x",)), Exists("x"))))
    assert sql == fixed
    assert len(values) == sql.count("?") == 4


@given(
    st.text(
        alphabet=st.one_of(
            st.characters(exclude_categories=["Cs"], exclude_characters="\0"), st.sampled_from('\\\\"*?() ')
        ),
        min_size=1,
    )
)
def test_a_value_in_quotes_is_read_as_it_is(value: str) -> None:
    assert parse(f"user:{quoted(value)}", kind_of) == Match("user", (value,))
