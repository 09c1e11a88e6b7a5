"""Each modifier finds what it must and nothing it must not, in a way that would show if it did nothing."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.detect.events import batch
from warroom.detect import assemble, match
from warroom.detect.heading import RefusedError
from warroom.detect.placeholders import Placeholders
from warroom.detect.sigma_rule import read_document

PLACEHOLDERS = Placeholders({"admins": ("adm_*", "root"), "none": (), "nets": ("10.0.0.0/8", "2001:db8::/32")})


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


#: (modifier, line of a rule, its value, events it must find, events it must not find).
CASES: list[tuple[str, str, Any, list[dict[str, Any]], list[dict[str, Any]]]] = [
    ("contains", "a|contains", "bc", [{"a": "abcd"}, {"a": "BC"}], [{"a": "b c"}, {}]),
    ("startswith", "a|startswith", "ab", [{"a": "ABc"}], [{"a": "cab"}]),
    ("endswith", "a|endswith", "ab", [{"a": "cAB"}], [{"a": "abc"}]),
    ("all", "a|contains|all", ["x", "y"], [{"a": "y-x"}], [{"a": "x"}, {"a": "y"}]),
    ("cased", "a|cased", "Ab", [{"a": "Ab"}], [{"a": "AB"}, {"a": "ab"}]),
    ("cased", "a|contains|cased", "É", [{"a": "xÉ"}], [{"a": "xé"}]),
    ("neq", "a|neq", "x", [{"a": "y"}, {}], [{"a": "X"}]),
    ("neq", "a|neq", ["x", "y"], [{"a": "z"}], [{"a": "x"}, {"a": "y"}]),
    (
        "windash",
        "a|contains|windash",
        " -e ",
        [{"a": "x /e y"}, {"a": "x –e y"}, {"a": "x —e "}, {"a": " ―e "}],
        [{"a": " +e "}],
    ),
    ("windash", "a|windash", "/a-b", [{"a": "-a-b"}], [{"a": "-a/b"}]),
    ("base64", "a|base64", "foobar", [{"a": b64(b"foobar")}], [{"a": "foobar"}]),
    *(
        (
            "base64offset",
            "a|base64offset|contains",
            "เข้า x",
            [{"a": b64(b"-" * shift + "เข้า x".encode() + b"-" * more)}],
            [{"a": "เข้า x"}],
        )
        for shift in range(4)
        for more in range(3)
    ),
    (
        "wide",
        "a|wide|base64offset|contains",
        "cmd",
        [{"a": b64("x cmd y".encode("utf-16-le"))}],
        [{"a": b64(b"x cmd y")}],
    ),
    ("utf16le", "a|utf16le|base64", "ผู้", [{"a": b64("ผู้".encode("utf-16-le"))}], [{"a": b64("ผู้".encode())}]),
    (
        "utf16be",
        "a|utf16be|base64",
        "cmd",
        [{"a": b64("cmd".encode("utf-16-be"))}],
        [{"a": b64("cmd".encode("utf-16-le"))}],
    ),
    (
        "utf16",
        "a|utf16|base64",
        "cmd",
        [{"a": b64(b"\xff\xfe" + "cmd".encode("utf-16-le"))}],
        [{"a": b64("cmd".encode("utf-16-le"))}],
    ),
    ("wide", "a|wide|contains", "cm?", [{"a": "xc\0m\0d\0"}], [{"a": "cmd"}]),
    ("re", "a|re", "^a.c$", [{"a": "abc"}], [{"a": "Abc"}, {"a": "^a.c$"}]),
    ("i", "a|re|i", "^a.c$", [{"a": "ABC"}], [{"a": "AB"}]),
    ("m", "a|re|m", "^b$", [{"a": "a\nb\nc"}], [{"a": "ab"}]),
    ("s", "a|re|s", "a.b", [{"a": "a\nb"}], [{"a": "ab"}]),
    (
        "cidr",
        "a|cidr",
        "192.0.2.0/24",
        [{"a": "192.0.2.9"}, {"a": "::ffff:192.0.2.9"}],
        [{"a": "192.0.3.9"}, {"a": "x"}],
    ),
    ("cidr", "a|cidr", ["2001:db8::/32"], [{"a": "2001:DB8:0:0::1"}], [{"a": "2001:db9::1"}, {"a": "32.1.13.184"}]),
    ("gt", "a|gt", 5, [{"a": "6"}, {"a": "5.5"}, {"a": "1e3"}], [{"a": "5"}, {"a": "x"}, {"a": "0x10"}]),
    ("gte", "a|gte", 5, [{"a": "5"}, {"a": "5.5"}], [{"a": "4.9"}, {}]),
    ("lt", "a|lt", 5, [{"a": "-6"}, {"a": "4.9"}], [{"a": "5"}, {"a": "10"}]),
    ("lte", "a|lte", 5.5, [{"a": "5.5"}, {"a": "5"}], [{"a": "5.6"}]),
    ("exists", "a|exists", True, [{"a": "x"}, {"a": ""}], [{"b": "x"}]),
    ("exists", "a|exists", False, [{"b": "x"}], [{"a": ""}]),
    ("fieldref", "a|fieldref", "b", [{"a": "X", "b": "x"}], [{"a": "b", "b": "x"}, {"a": "x"}]),
    ("startswith", "a|fieldref|startswith", "b", [{"a": "xyz", "b": "XY"}], [{"a": "yxy", "b": "xy"}]),
    ("endswith", "a|fieldref|endswith", "b", [{"a": "xyz", "b": "YZ"}], [{"a": "yzx", "b": "yz"}]),
    ("contains", "a|fieldref|contains", "b", [{"a": "xyz", "b": "Y"}], [{"a": "xz", "b": "y"}]),
    ("neq", "a|fieldref|neq", "b", [{"a": "x", "b": "y"}, {"a": "x"}], [{"a": "x", "b": "X"}]),
    ("expand", "a|expand", "%admins%", [{"a": "ADM_joe"}, {"a": "root"}], [{"a": "%admins%"}, {"a": "joe"}]),
    ("expand", "a|contains|expand", "u=%admins%;", [{"a": "x u=root; y"}, {"a": "u=adm_x;"}], [{"a": "u=x;"}]),
    ("expand", "a|expand", r"\%a%admins%", [{"a": "%aroot"}], [{"a": "root"}]),
    (
        "expand",
        "a|contains|all|expand",
        ["%admins%", "x"],
        [{"a": "x root"}, {"a": "adm_x"}],
        [{"a": "root"}, {"a": "x"}],
    ),
    ("expand", "a|cidr|expand", "%nets%", [{"a": "10.9.9.9"}, {"a": "2001:db8::5"}], [{"a": "11.0.0.1"}]),
    ("expand", "a|re|expand", "^(%admins%)", [{"a": "root"}], [{"a": "xroot"}]),
    ("minute", "a|minute", 5, [{"a": "2026-11-22T09:05:00Z"}], [{"a": "2026-11-22T05:06:00Z"}, {"a": "5"}]),
    ("hour", "a|hour", 9, [{"a": "2026-11-22 09:05:00+07:00"}], [{"a": "2026-11-22T10:09:00Z"}]),
    ("day", "a|day", 22, [{"a": "2026-11-22T09:05:00"}], [{"a": "2026-11-21T22:22:22"}]),
    ("week", "a|week", 47, [{"a": "2026-11-22"}], [{"a": "2026-11-23"}]),
    ("month", "a|month", 11, [{"a": "2026-11-22"}], [{"a": "2026-10-11"}]),
    ("year", "a|year", 2026, [{"a": "2026-11-22"}], [{"a": "2025-11-22"}, {"a": "2026"}]),
    ("hour", "a|hour|gte", 18, [{"a": "2026-11-22T18:00:00"}], [{"a": "2026-11-22T17:59:59"}, {"a": "19"}]),
]
#: Values and searches without modifiers: (searches, condition, found, not found).
SEARCHES: list[tuple[dict[str, Any], str, list[dict[str, Any]], list[dict[str, Any]]]] = [
    ({"s": {"a": None}}, "s", [{"b": "x"}], [{"a": ""}, {"a": "x"}]),
    ({"s": {"a": ""}}, "s", [{"a": ""}], [{"b": "x"}, {"a": "x"}]),
    ({"s": {"a": 404}}, "s", [{"a": "404"}, {"a": "404.0"}], [{"a": "4040"}, {"a": "0x194"}]),
    ({"s": {"a": "404"}}, "s", [{"a": "404"}], [{"a": "404.0"}]),
    ({"s": {"a": True}}, "s", [{"a": "TRUE"}], [{"a": "1"}]),
    ({"s": {"a": "É?*"}}, "s", [{"a": "éßx"}], [{"a": "é"}]),
    ({"s": {"a": r"\*\?\\"}}, "s", [{"a": "*?\\"}], [{"a": "xx\\"}]),
    ({"s": [{"a": "x"}, {"b": "y"}]}, "s", [{"a": "x"}, {"b": "y"}], [{"a": "y"}]),
    ({"s": {"a": "x", "b": "y"}}, "s", [{"a": "x", "b": "y"}], [{"a": "x"}]),
    ({"s": ["left", 17]}, "s", [{"a": "is LEFT"}, {"b": "x17"}], [{"a": "right"}]),
    ({"s": {"|all": ["left", "right"]}}, "s", [{"a": "left", "b": "right"}], [{"a": "left"}]),
    ({"s": {"|re": "^l.t$"}}, "s", [{"a": "lot"}], [{"a": "a lot"}]),
    ({"s_1": {"a": "x"}, "s_2": {"b": "y"}, "_o": {"c": "z"}}, "1 of them", [{"a": "x"}, {"b": "y"}], [{"c": "z"}]),
    ({"s_1": {"a": "x"}, "s_2": {"b": "y"}, "_o": {"c": "z"}}, "all of them", [{"a": "x", "b": "y"}], [{"a": "x"}]),
    ({"s_1": {"a": "x"}, "t_2": {"b": "y"}}, "1 of s_*", [{"a": "x"}], [{"b": "y"}]),
    ({"s_1": {"a": "x"}, "t_1": {"b": "y"}}, "all of *_1", [{"a": "x", "b": "y"}], [{"a": "x"}]),
    (
        {"s": {"a": "x"}, "t": {"b": "y"}, "u": {"c": "z"}},
        "s or t and not u",
        [{"a": "x", "c": "z"}, {"b": "y"}],
        [{"b": "y", "c": "z"}],
    ),
    (
        {"s": {"a": "x"}, "t": {"b": "y"}, "timeframe": "5m"},
        "(s or t) and not (s and t)",
        [{"a": "x"}],
        [{"a": "x", "b": "y"}],
    ),
]


def found(detection: dict[str, Any], events: list[dict[str, Any]]) -> list[int]:
    document = {"title": "A rule", "logsource": {"category": "test"}, "detection": detection}
    rules = assemble([read_document(document, "rule.yml", 1, PLACEHOLDERS)])
    return match(batch(events), rules)["row"].to_pylist()


@pytest.mark.parametrize(("modifier", "key", "value", "hits", "misses"), CASES)
def test_a_modifier(
    modifier: str, key: str, value: object, hits: list[dict[str, Any]], misses: list[dict[str, Any]]
) -> None:
    wanted = list(range(len(hits)))
    assert found({"s": {key: value}, "condition": "s"}, hits + misses) == wanted
    without = key.replace(f"|{modifier}", "", 1)
    try:
        idle = found({"s": {without: value}, "condition": "s"}, hits + misses)
    except RefusedError:
        return  # it cannot even be written without
    assert idle != wanted, "the case would not show a modifier that does nothing"


@pytest.mark.parametrize(("searches", "condition", "hits", "misses"), SEARCHES)
def test_a_search(
    searches: dict[str, Any], condition: str, hits: list[dict[str, Any]], misses: list[dict[str, Any]]
) -> None:
    assert found(searches | {"condition": condition}, hits + misses) == list(range(len(hits)))


def test_several_conditions_are_alternatives() -> None:
    detection = {"s": {"a": "x"}, "t": {"b": "y"}, "condition": ["s", "t"]}
    assert found(detection, [{"a": "x"}, {"b": "y"}, {}]) == [0, 1]


def test_a_placeholder_that_stands_for_nothing_finds_nothing() -> None:
    detection = {"s": {"a": "x"}, "none": {"a|expand": "%none%"}, "condition": "s and not none"}
    assert found(detection, [{"a": "x"}]) == [0]
    assert found(detection | {"condition": "none"}, [{"a": "x"}, {"a": ""}, {}]) == []
