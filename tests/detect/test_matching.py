"""What rules meet: log sources, field names, keywords, encodings, line ends, case."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from detect import events as making
from hypothesis import given
from hypothesis import strategies as st

from warroom.detect import match
from warroom.detect.atoms import Network
from warroom.detect.encoded import identity
from warroom.detect.folding import fold
from warroom.detect.taxonomy import load_taxonomy
from warroom.model import CORE


def rows(detection: dict[str, Any], batch: pa.RecordBatch, **more: object) -> list[int]:
    """Rows that `selection: detection` matches."""
    ruleset = making.ruleset({"detection": {"selection": detection, "condition": "selection"}} | more)
    found: list[int] = match(batch, ruleset)["row"].to_pylist()
    return found


@pytest.mark.parametrize(
    ("rule", "met"),
    [
        ({"category": "webserver"}, [0, 1]),
        ({"product": "nginx"}, [0]),
        ({"product": "Apache", "category": "webserver"}, [1]),
        ({"service": "nginx"}, [0]),
        ({"product": "linux"}, [2, 3]),
        ({"product": "linux", "service": "sshd"}, [2]),
        ({"product": "linux", "service": "auth"}, [2]),
        ({"product": "windows"}, []),
    ],
)
def test_a_rule_meets_events_whose_log_source_satisfies_it(rule: dict[str, str], met: list[int]) -> None:
    batch = making.batch(
        [{"a": "x"}] * 4,
        core={
            "log_product": ["nginx", "apache", "linux", "linux"],
            "log_category": ["webserver", None, None, None],
            "log_service": [None, None, "syslog", "syslog"],
            "process_name": [None, None, "sshd", "kernel"],
        },
    )
    assert rows({"a": "x"}, batch, logsource=rule) == met


def test_native_names_come_first_then_the_taxonomy_then_ecs() -> None:
    batch = making.batch(
        [{"cs-uri-query": "native"}, {}, {"Threat Name": "native"}],
        core={"url_query": ["core", "core", None], "http_response_status_code": [404, 200, None]},
    )
    assert rows({"cs-uri-query": "native"}, batch) == [0]
    assert rows({"cs-uri-query": "core"}, batch) == [1]
    assert rows({"url.query": "core"}, batch) == [0, 1]
    assert rows({"sc-status": 404}, batch) == rows({"http.response.status_code": "404"}, batch) == [0]
    assert rows({"ThreatName": "native"}, batch) == rows({"Threat Name": "native"}, batch) == [2]
    assert rows({"Threat Name": None}, batch) == [0, 1]


def test_keywords_search_the_raw_line_and_every_text() -> None:
    batch = making.batch([{"a": "has needle"}, {}, {"a": ["x", "NEEDLES"]}, {}], raw=["", "a needle\xff", "", "none"])
    ruleset = making.ruleset({"detection": {"words": ["needle"], "condition": "words"}})
    assert match(batch, ruleset)["row"].to_pylist() == [0, 1, 2]


def test_url_text_answers_as_logged_and_decoded_twice_at_most() -> None:
    queries = ["id=' OR 1", "id=%27%20or%201", "id=%2527+OR+1", "id=%252527 or 1", "id=%27"]
    batch = making.batch([{}] * 5, core={"url_query": queries})
    assert rows({"cs-uri-query|contains": "' or 1"}, batch) == [0, 1, 2]
    assert rows({"cs-uri-query|contains": "%27"}, batch) == [1, 2, 3, 4]
    assert rows({"cs-uri-query|re": "'"}, batch) == [0, 1, 2, 4]


def test_line_ends_and_empty_values() -> None:
    batch = making.batch([{"a": "foo\n"}, {"a": "foo"}, {"a": ""}, {}, {"a": "x\nfoo"}])
    assert rows({"a": "foo"}, batch) == [1]
    assert rows({"a|endswith": "foo"}, batch) == [1, 4]
    assert rows({"a|re": "foo$"}, batch) == [0, 1, 4]
    assert rows({"a|re": "^$"}, batch) == rows({"a": ""}, batch) == [2]
    assert rows({"a": None}, batch) == [3]
    assert rows({"a": "*"}, batch) == [0, 1, 2, 4]


def test_values_beyond_one_scan_keep_their_own_hits() -> None:
    values = [f"{'y' * 3000}{'needle' if number % 7 == 3 else ''}é{number}" for number in range(400)]
    batch = making.batch([{"a": value} for value in values])
    assert rows({"a|contains": "NEEDLEÉ"}, batch) == [number for number in range(400) if number % 7 == 3]


def test_rows_do_not_depend_on_batches_or_on_what_came_before() -> None:
    ruleset = making.ruleset(
        {"detection": {"s": {"a|contains": ["1", "22"]}, "n": {"b": None}, "condition": "s and n"}}
    )
    events = [{"a": str(number)} | ({"b": "x"} if number % 3 else {}) for number in range(300)]
    whole = match(making.batch(events), ruleset)["row"].to_pylist()
    pieces = [
        row + start
        for start in range(0, 300, 7)
        for row in match(making.batch(events[start : start + 7]), ruleset)["row"].to_pylist()
    ]
    assert pieces == whole


def test_expressions_that_hyperscan_refuses_are_listed() -> None:
    rule = {"detection": {"s": {"a|re": ["x(?!y)", "plain"]}, "condition": "s"}}
    assert [pattern for _, pattern in making.ruleset(rule).fallbacks()] == ["x(?!y)"]


def test_the_table_names_only_core_columns() -> None:
    assert load_taxonomy().decoded <= CORE.keys()


@given(st.text(), st.text())
def test_folding_keeps_length_and_looks_at_each_character_alone(one: str, two: str) -> None:
    assert len(fold(one)) == len(one)
    assert fold(one + two) == fold(one) + fold(two)
    assert fold(fold(one)) == fold(one)


def test_windows_events_are_routed_by_channel_and_event_id() -> None:
    sysmon = "Microsoft-Windows-Sysmon/Operational"
    events = [{"Channel": sysmon, "EventID": "1", "a": "x"}, {"Channel": sysmon, "EventID": "3", "a": "x"}, {"a": "x"}]
    batch = making.batch(events, core={"log_category": [None] * 3})
    assert rows({"a": "x"}, batch, logsource={"product": "windows", "category": "process_creation"}) == [0]
    assert rows({"a": "x"}, batch, logsource={"product": "windows", "service": "sysmon"}) == [0, 1]


def test_a_list_in_one_line_hides_no_other_line_from_its_rules() -> None:
    lines = [
        {"Channel": "Security", "EventID": "1102"},
        {"Channel": ["x", "y"], "EventID": ["1", "2"]},
        {"Channel": "Security", "EventID": ["1102"]},
    ]
    rule = {"logsource": {"product": "windows", "service": "security"}}
    rule |= {"detection": {"s": {"EventID": 1102}, "condition": "s"}}
    ruleset = making.ruleset(rule)
    batch = making.batch(
        [{name: value if isinstance(value, list) else [value] for name, value in line.items()} for line in lines],
        core={"log_product": ["windows"] * 3},
    )
    assert match(batch, ruleset)["row"].to_pylist() == [0, 2]


@pytest.mark.parametrize(
    ("detection", "value"),
    [
        ({"X": "*É*longascii*"}, "aÉb longascii"),
        ({"X": "*É*longascii*"}, "aéb longascii"),
        ({"X|startswith": "C:\\Ü*\\cmd.exe"}, "C:\\üX\\cmd.exe /c"),
    ],
)
def test_letters_beyond_ascii_in_any_piece_of_a_pattern_fold(detection: dict[str, Any], value: str) -> None:
    assert rows(detection, making.batch([{"X": value}, {"X": "longascii cmd.exe"}])) == [0]


def test_a_keyword_may_be_very_long() -> None:
    word = "q" * 9_000
    batch = making.batch([{"X": "." * 100_000}, {"X": f"a{word}b"}, {"X": word[1:]}])
    assert rows({"keywords": [word]}["keywords"], batch) == [1]


def test_slices_of_one_array_of_lists_are_columns_of_their_own() -> None:
    values = pa.array(["good", "evil"])
    first, second = (
        pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), values.slice(place, 1)) for place in range(2)
    )
    assert identity(first) != identity(second)
    assert identity(first) == identity(first)


@pytest.mark.parametrize(
    ("asked", "met"),
    [({"Address|cidr": "198.51.100.0/25"}, 8), ({"Address|cidr": ["10.0.0.0/9", "2001:db8::/33"]}, 2048 + 32)],
)
def test_a_crowd_of_addresses_is_compared_at_once(
    asked: dict[str, Any], met: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_by_one(atom: Network, value: str) -> bool:
        raise AssertionError(f"{value} is compared with {atom.cidr} by itself")

    monkeypatch.setattr(Network, "holds", one_by_one)
    crowd = [f"10.{high}.0.{low}" for high in range(256) for low in range(16)]
    crowd += [f"198.51.100.{low}" for low in range(0, 256, 16)]
    crowd += [f"2001:db8:{group:x}::1" for group in range(0, 0x10000, 0x400)]
    assert len(rows(asked, making.batch([{"Address": one} for one in crowd]))) == met
