"""Expressions: who decides them, and what is kept of them between starts."""

from __future__ import annotations

from pathlib import Path

import hyperscan
import pytest

from warroom.detect.atoms import Regex
from warroom.detect.regexes import Regexes
from warroom.detect.shelf import Shelf

KEY = bytes(range(32))
EXPRESSIONS = [Regex("a+b", "i"), Regex("x(?!y)"), Regex("^c$", "m"), Regex(r"(d)\1"), Regex("e.f", "s")]
VALUES = ["AAB", "xy", "xz", "b\nc\nd", "dd", "e\nf", "", "aab xz dd"]


def test_what_hyperscan_refuses_is_found_among_many() -> None:
    bank = Regexes(EXPRESSIONS)
    assert [one.pattern for one in bank.fallbacks] == ["x(?!y)", r"(d)\1"]
    for value in VALUES:
        assert sorted(*bank.found([value])) == [place for place, one in enumerate(EXPRESSIONS) if one.holds(value)]


@pytest.mark.parametrize(
    ("pattern", "flags", "found"),
    [
        ("^$", "m", ["", "\n", "\na", "a\n\n"]),
        ("(?m)^$", "", ["", "\n", "\na", "a\n\n"]),
        ("(?!q)^$", "m", ["", "\n", "\na", "a\n\n"]),
        ("$^", "m", ["", "\n", "\na", "a\n\n"]),
        (r"\n^(?!a)", "m", ["a\n\n", "a\nb\n"]),
        (r"^[^^\]\^]+(?#^)\n(?!a)", "m", ["a\n", "a\n\n", "a\nb\n"]),
        ("(?!q)^$", "", ["", "\n"]),
    ],
)
def test_no_line_begins_behind_the_line_feed_that_ends_a_text(pattern: str, flags: str, found: list[str]) -> None:
    expression = Regex(pattern, flags)
    values = ["", "\n", "a\n", "\na", "a\n\n", "a\nb\n"]
    assert [value for value in values if expression.holds(value)] == found
    bank = Regexes([expression])
    assert [value for value, places in zip(values, bank.found(values), strict=True) if places] == found


def test_kept_databases_answer_the_same_and_nothing_is_compiled_again(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "cache", KEY)
    fresh = Regexes(EXPRESSIONS, shelf)
    (kept,) = (tmp_path / "cache").iterdir()
    written = kept.stat().st_ino, kept.read_bytes()
    again = Regexes(EXPRESSIONS, shelf)
    assert again.fallbacks == fresh.fallbacks
    assert list(map(sorted, again.found(VALUES))) == list(map(sorted, fresh.found(VALUES)))
    assert (kept.stat().st_ino, kept.read_bytes()) == written
    other = Regexes(EXPRESSIONS[:1], shelf)
    assert (next(other.found(["AAB"])), len(list((tmp_path / "cache").iterdir()))) == ([0], 2)


def test_long_lines_are_found_as_the_expression_finds_them() -> None:
    expressions = [
        Regex(".{5,}"),
        Regex("(.){3,}"),
        Regex(".{4}", "i"),
        Regex(".{5,}", "s"),
        Regex(".{0,}"),
        Regex("a.{3}"),
    ]
    bank = Regexes(expressions)
    for value in ("", "abc", "abcd", "ab\ncde", "abcdé", "\n\n\n\n\n", "ab\n" * 3, "\r" * 5, "a\x85\u2028bcd"):
        assert sorted(*bank.found([value])) == [place for place, one in enumerate(expressions) if one.holds(value)]


@pytest.mark.parametrize("harm", ["torn", "foreign", "another processor"])
def test_a_doubtful_database_is_compiled_anew(tmp_path: Path, harm: str) -> None:
    shelf = Shelf(tmp_path / "cache", KEY)
    Regexes(EXPRESSIONS, shelf)
    (kept,) = (tmp_path / "cache").iterdir()
    if harm == "torn":
        kept.write_bytes(kept.read_bytes()[:-1])
    elif harm == "foreign":
        other = Regexes([Regex("nothing")], Shelf(tmp_path / "other", KEY))
        assert list(other.found(["nothing"])) == [[0]]
        (tmp_path / "other" / next((tmp_path / "other").iterdir()).name).replace(kept)
        (tmp_path / "cache").chmod(0o777)
    else:
        shelf.write(kept.name, b'{"confirm": [], "alone": []}\nno database at all')
        with pytest.raises(hyperscan.error):
            hyperscan.loadb(b"no database at all", hyperscan.HS_MODE_BLOCK)
    assert sorted(*Regexes(EXPRESSIONS, shelf).found(["aab xz dd"])) == [0, 1, 3]
