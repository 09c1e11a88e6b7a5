"""MISP's warning lists are read, and what could silence everything is not."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from warroom.indicators import WARNINGS
from warroom.intel.formats.reading import FormatRefusedError, Told
from warroom.intel.formats.warninglist import read_warninglist
from warroom.settings import REFERENCE

TOLD = Told("a-list")
SHIPPED = sorted(REFERENCE.glob("warninglists*/*/list.json"))


def document(**more: object) -> bytes:
    return json.dumps({"name": "A list", "type": "cidr", "list": ["10.0.0.0/8"]} | more).encode()


def test_a_list_and_what_it_applies_to() -> None:
    found = read_warninglist(document(matching_attributes=["ip-src", "domain|ip"], category="false_positive"), TOLD)
    assert found.tables["warnings"].schema == WARNINGS
    assert found.tables["warnings"].to_pylist() == [
        {
            "list": "A list",
            "matching": "cidr",
            "value": "10.0.0.0/8",
            "category": "false_positive",
            "applies_to": "ip-src domain|ip",
        }
    ]
    assert (found.read, found.refused_count, dict(found.counts)) == (1, 0, {"cidr": 1})


def test_bad_entries_are_refused_one_by_one() -> None:
    entries = ["10.0.0.0/8", "no network", "0.0.0.0/0", "::/0", 7, "", "10.0.0.0/8", "300.1.1.1", "1.2.3.4/40"]
    found = read_warninglist(document(list=entries), TOLD)
    assert found.tables["warnings"]["value"].to_pylist() == ["10.0.0.0/8"]
    assert (found.read, found.refused_count) == (9, 7)
    assert found.refused[1].item == "entry 3: 0.0.0.0/0"
    assert found.refused[1].reason == "it covers every address"


@pytest.mark.parametrize(
    ("matching", "entry", "reason"),
    [
        ("substring", "ab", "fewer than 3"),
        ("regex", "/.*/", "matches the empty text"),
        ("regex", "/a(?=b)/", "not taken"),
        ("regex", "/a/x", "no flag"),
        ("regex", "/(a/", "not taken"),
        ("hostname", "..", "no name of a host"),
        ("hostname", "two words", "no name of a host"),
        ("string", "a\u0000b", "printable"),
        ("string", "x" * 2_049, "1 to 2048"),
    ],
)
def test_why_an_entry_is_refused(matching: str, entry: str, reason: str) -> None:
    found = read_warninglist(document(type=matching, list=[entry]), TOLD)
    assert found.refused_count == 1
    assert reason in found.refused[0].reason
    assert len(found.tables["warnings"]) == 0


def test_parts_and_expressions_are_bounded() -> None:
    found = read_warninglist(document(type="regex", list=[f"/^entry-{number}$/" for number in range(510)]), TOLD)
    assert (len(found.tables["warnings"]), found.refused_count) == (500, 10)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "no JSON: line 1"),
        (b"[]", "no warning list"),
        (b'{"list": []}', "without a `name`"),
        (document(type="soundex"), "not `soundex`"),
        (document(matching_attributes="ip-src"), "matching_attributes"),
    ],
)
def test_what_is_no_list_is_refused_as_a_whole(content: bytes, reason: str) -> None:
    with pytest.raises(FormatRefusedError, match=reason):
        read_warninglist(content, TOLD)


def test_all_that_is_shipped_is_read_whole() -> None:
    refused: Counter[str] = Counter()
    for path in SHIPPED:
        content = path.read_bytes()
        found = read_warninglist(content, TOLD)
        assert found.read == len(json.loads(content)["list"]), path
        refused[path.parent.name] += found.refused_count
    assert len(SHIPPED) == 117
    assert +refused == {"covid": 1}  # "corona helden" is no name of a host
