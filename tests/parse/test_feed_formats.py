"""Formats without code: values in columns, pairs, regular expressions, and what their fields may hold."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from parse.reading import NOW

from warroom.parse import ParseContext, Parsed, parse
from warroom.reading import HEADER_LINE, Options


def read(
    log_format: str,
    *lines: bytes,
    mapping: dict[str, str] | None = None,
    header: bytes = b"",
    **options: Any,  # noqa: ANN401 - any option
) -> Parsed:
    context = ParseContext(log_format, "Asia/Bangkok", NOW, mapping or {}, header, options=Options(**options))
    return parse(pa.array(lines, pa.binary()), context)


def found(parsed: Parsed) -> list[dict[str, Any]]:
    """The events' fields, without nulls."""
    return [
        {name: value for name, value in one.items() if value is not None}
        for one in parsed.events.column("fields").to_pylist()
    ]


def reasons(parsed: Parsed) -> list[tuple[int, str]]:
    return [(one.row, one.reason) for one in parsed.rejects]


def test_values_in_columns_and_in_quotation_marks() -> None:
    parsed = read(
        "csv",
        b"2026-11-22 10:00:00,192.0.2.1,bob,plain",
        b'2026-11-22 10:00:01,192.0.2.2,"al ""x""","a, b"',
        "2026-11-22 10:00:02,192.0.2.3,สมชาย,".encode(),
        columns=("time", "src_ip", "user", "msg"),
    )
    assert parsed.rejects == []
    assert [one.get("msg") for one in found(parsed)] == ["plain", "a, b", None]
    assert parsed.events.column("user_name").to_pylist() == ["bob", 'al "x"', "สมชาย"]
    assert parsed.events.column("source_ip").to_pylist() == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
    assert [time.isoformat() for time in parsed.events.column("ts").to_pylist()] == [
        f"2026-11-22T03:00:0{second}+00:00" for second in range(3)
    ]


def test_lines_that_do_not_fit_the_columns_say_why() -> None:
    parsed = read("csv", b"1,2", b"1,2,3", b'1,"2', b'1,2"x"', b'"1","2"x', columns=("a", "b"))
    assert [one["b"] for one in found(parsed)] == ["2", '2"x"']
    assert [row for row, _ in reasons(parsed)] == [1, 2, 4]
    assert "3 values where there are 2 columns: a, b" in reasons(parsed)[0][1]
    assert "quotation mark" in reasons(parsed)[1][1]


@pytest.mark.parametrize("sign", ["\t", ";", "|", "||"])
def test_other_signs_separate_values(sign: str) -> None:
    parsed = read(
        "csv",
        sign.join(["a", '"b', 'c"', "d"]).encode(),
        sign.join("abc").encode(),
        columns=("x", "y", "z"),
        delimiter=sign,
    )
    assert [one["y"] for one in found(parsed)] == [f"b{sign}c", "b"]


def test_the_first_line_names_the_columns() -> None:
    lines = [b"src_ip;what;what;", b"192.0.2.1;a;b;c"]
    assert "nobody says" in reasons(read("csv", *lines, header=lines[0], delimiter=";"))[0][1]
    for given, header in ((lines, lines[0] + b"\n"), (lines[1:], lines[0] + b"\n")):
        parsed = headed(given, header)
        assert found(parsed) == [{"src_ip": "192.0.2.1", "what": "a", "what_3": "b", "column_4": "c"}]
        assert [reason for _, reason in reasons(parsed)] == [HEADER_LINE] * (len(given) - 1)


def headed(lines: list[bytes], header: bytes) -> Parsed:
    context = ParseContext("csv", "UTC", NOW, header=header, options=Options(header=True, delimiter=";"))
    return parse(pa.array(lines, pa.binary()), context)


def test_a_header_among_the_lines_is_told_by_its_words() -> None:
    assert found(headed([b"src_ip;what", b"192.0.2.1;a"], b"")) == [{"src_ip": "192.0.2.1", "what": "a"}]
    parsed = headed([b"192.0.2.1;a", b"192.0.2.2;b"], b"")
    assert len(parsed.rejects) == 2
    assert "parse.columns" in parsed.rejects[0].reason


def test_pairs_as_logfmt_writes_them() -> None:
    line = rb'time=2026-11-22T10:00:00Z level=info msg="a \"b\" \n c" user=bob, src=::ffff:192.0.2.1 up key= k=1 k=2'
    parsed = read("kv", line, b"no pair here", b'a="not closed b=c')
    assert found(parsed) == [
        {"time": "2026-11-22T10:00:00Z", "level": "info", "msg": 'a "b" \n c', "user": "bob", "src": "::ffff:192.0.2.1",
         "unpaired": "up", "k": ["1", "2"]},
        {"a": "not closed b=c"},
    ]  # fmt: skip
    assert parsed.events.column("source_ip").to_pylist() == ["192.0.2.1", None]
    assert reasons(parsed) == [(1, "no pair: expected `name=value`")]


def test_pairs_with_signs_of_their_own() -> None:
    parsed = read("kv", b"src: 192.0.2.1 | user: bob smith | what: 'a | b' | at: 10:00", delimiter="|", assigns=":")
    assert found(parsed) == [{"src": "192.0.2.1", "user": "bob smith", "what": "a | b", "at": "10:00"}]


@pytest.mark.parametrize("piece", [b'a="\\', b"a='", b"a", b'"', b"a=b,", b'a="x"', b"= ", b"\\"])
@pytest.mark.parametrize("log_format", ["csv", "kv", "pattern"])
def test_a_hostile_line_is_gone_through_once(log_format: str, piece: bytes) -> None:
    """Quadratic time would take hours here."""
    line = piece * (1_000_000 // len(piece))
    parsed = read(log_format, line, columns=("a", "b"), pattern=r"^(?P<a>(?:a|a)*)+(?P<b>.*)$")
    assert len(parsed.rows) + len(parsed.rejects) == 1


def test_a_regular_expression_names_the_fields() -> None:
    pattern = r"^(?P<time>\S+) \[(?P<src_ip>[^\]]*)\] (?:(?P<user>\w+): )?(?P<msg>.*)$"
    parsed = read(
        "pattern", b"2026-11-22T10:00:00Z [192.0.2.1] bob: hi", b"2026-11-22T10:00:00Z [] x y", b"zz", pattern=pattern
    )
    assert [(one.get("src_ip"), one.get("user"), one["msg"]) for one in found(parsed)] == [
        ("192.0.2.1", "bob", "hi"), (None, None, "x y")
    ]  # fmt: skip
    assert reasons(parsed) == [(2, "it does not match `parse.pattern`")]


@pytest.mark.parametrize(
    ("pattern", "reason"), [("", "missing"), ("(?=a)(?P<x>.)", "look-around"), ("(?P<x>", "unclosed")]
)
def test_an_expression_that_cannot_be_used_is_no_exception(pattern: str, reason: str) -> None:
    assert reason in reasons(read("pattern", b"x", pattern=pattern))[0][1]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("integer", ["0", "-5", "123456789012345678"], ["1.5", "x", "1234567890123456789"]),
        ("number", ["1.5", "-0", "1e9"], ["1,5", "0x1"]),
        ("address", ["192.0.2.1", "2001:db8::1", "192.0.2.1:80"], ["1.2.3", "host"]),
        ("time", ["2026-11-22T10:00:00Z", "1790000000"], ["yesterday", "2026-13-01T00:00:00Z"]),
        ("flag", ["true", "No", "0"], ["2", "maybe"]),
        ("text", ["anything"], []),
    ],
)
def test_a_value_of_another_kind_makes_a_reject(kind: str, good: list[str], bad: list[str]) -> None:
    lines = [f'{{"f":"{value}"}}'.encode() for value in [*good, *bad]]
    parsed = read("jsonl", *lines, b'{"other":1}', kinds={"f": kind})
    assert [one.get("f") for one in found(parsed)] == [*good, None]
    assert [row for row, _ in reasons(parsed)] == list(range(len(good), len(lines)))
    assert all(
        reason.startswith("`f` is not ") and value in reason
        for (_, reason), value in zip(reasons(parsed), bad, strict=True)
    )


def test_of_a_list_every_value_is_looked_at_and_of_a_long_one_the_beginning_is_told() -> None:
    parsed = read("jsonl", b'{"f":[1,2]}', b'{"f":[1,"x"]}', b'{"f":"%s"}' % (b"y" * 5_000), kinds={"f": "integer"})
    assert [row for row, _ in reasons(parsed)] == [1, 2]
    assert len(reasons(parsed)[1][1]) < 120
