"""Who lists a value is told: the strongest first, with ages, severities by direction, less what is held back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from intel.listed import NOW, events, feed, part

from warroom.indicators import WARNINGS
from warroom.intel import listing
from warroom.intel.index import Held, Index, Part, build
from warroom.intel.listing import RULING, Told, tell
from warroom.intel.matching import match
from warroom.intel.warning_lists import OWN, WarningLists
from warroom.intel.wording import plain, techniques
from warroom.model import UTC_MICROSECONDS, Severity

ADDRESS = ("ipv4", "198.51.100.7")
DAY = timedelta(days=1)


def told(index: Index, *rows: dict[str, Any], drill: bool = False) -> Told:
    usual = {"ts": NOW, "platform_id": "tang_rat"}
    batch = events([usual | row for row in rows])
    place = batch.schema.get_field_index("ts")
    batch = batch.set_column(place, "ts", batch.column("ts").cast(UTC_MICROSECONDS))
    return tell(batch, match(batch, index), index, NOW, drill=drill)


def test_a_title_names_list_age_and_confidence_in_both_languages() -> None:
    one = feed("ipsum", fetched_at=NOW - timedelta(hours=2))
    (listed,) = told(build([part([ADDRESS], 75, one, added_at=NOW - 12 * DAY)]), {"source_ip": ADDRESS[1]}).listed
    assert listed.title == "Listed by Ipsum: address 198.51.100.7 (listed 12 days, list 2 h old, confidence 75)"
    assert listed.title_th == ("อยู่ในรายการ ไทย ipsum: ที่อยู่ 198.51.100.7 (อยู่มา 12 วัน ข้อมูลอายุ 2 ชม. ความเชื่อมั่น 75)")


@pytest.mark.parametrize(
    ("age", "said"),
    [(timedelta(minutes=5), "under 1 h"), (timedelta(hours=23), "23 h"), (DAY, "1 day"), (9 * DAY, "9 days")],
)
def test_ages_are_told_in_hours_and_days(age: timedelta, said: str) -> None:
    (listed,) = told(build([part([ADDRESS], added_at=NOW - age)]), {"source_ip": ADDRESS[1]}).listed
    assert f"(listed {said}, " in listed.title


def test_the_strongest_of_several_speaks_and_all_are_told() -> None:
    index = build([
        part([ADDRESS], 40, feed("weak"), comment="seen", tlp="green", confidence=50),
        part([ADDRESS], 90, feed("strong"), tags="attack.t1071 botnet", reference="https://example.org/1"),
        part([ADDRESS], 95, feed("silent", severity=None)),
    ])  # fmt: skip
    (listed,) = told(index, {"source_ip": ADDRESS[1]}).listed
    assert (listed.feed_id, listed.score, listed.tags) == ("strong", 90, ("attack.t1071",))
    rows = json.loads(listed.listed)
    assert [row["feed"] for row in rows] == ["silent", "strong", "weak"]
    assert rows[2] == {
        "feed": "weak", "title_th": "ไทย weak", "title_en": "Weak", "score": 40, "confidence": 50, "tlp": "green",
        "listed_at": int(NOW.timestamp() * 1e6), "last_seen": None, "fetched_at": int(NOW.timestamp() * 1e6),
        "tags": None, "comment": "seen", "reference": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("score", "most", "column", "severity"),
    [
        (75, Severity.CRITICAL, "destination_ip", Severity.HIGH),
        (74, Severity.CRITICAL, "destination_ip", Severity.MEDIUM),
        (75, Severity.CRITICAL, "source_ip", Severity.MEDIUM),
        (74, Severity.CRITICAL, "source_ip", Severity.LOW),
        (99, Severity.LOW, "destination_ip", Severity.LOW),
        (99, None, "destination_ip", None),
    ],
)
def test_severity_is_by_score_and_direction_and_never_above_the_feeds(
    score: int, most: Severity | None, column: str, severity: Severity | None
) -> None:
    found = told(build([part([ADDRESS], score, feed("one", severity=most))]), {column: ADDRESS[1]})
    assert [one.severity for one in found.listed] == [severity]
    assert len(found.sightings) == 1  # seen, whether or not it raises an alarm


def test_feeds_of_drills_concern_events_of_drills_alone() -> None:
    index = build(
        [part([ADDRESS], 90, feed("play", drill=True)), part([("ipv4", "198.51.100.0/24")], 60, feed("real"))]
    )
    assert [one.feed_id for one in told(index, {"source_ip": ADDRESS[1]}).listed] == ["real"]
    assert {one.feed_id for one in told(index, {"source_ip": ADDRESS[1]}, drill=True).listed} == {"play", "real"}


def test_what_a_warning_list_has_is_held_back_and_counted() -> None:
    held = Held(lambda _, value: "resolvers" if value == "198.51.100.7" else None)
    index = build([part([ADDRESS, ("ipv4", "198.51.100.0/24"), ("domain", "evil.example")])], held)
    found = told(index, {"source_ip": "198.51.100.7"}, {"source_ip": "198.51.100.8"}, {"url_domain": "evil.example"})
    # the address itself, and the network that covers it, where that is what was observed
    assert found.held_back == {"resolvers": (2, "198.51.100.7")}
    assert {one.value for one in found.listed} == {"198.51.100.0/24", "evil.example"}
    assert sum(one.count for one in found.sightings) == 2
    assert [by for by in found.held_by if by] == ["resolvers", "resolvers"]


def test_a_ruling_holds_until_it_ends() -> None:
    later, before = (int((NOW + shift).timestamp() * 1e6) for shift in (DAY, -DAY))
    for until, held in ((None, True), (later, True), (before, False)):
        index = build([part([ADDRESS])], Held(ruled={ADDRESS: until}))
        found = told(index, {"source_ip": ADDRESS[1]})
        assert (RULING in found.held_back, len(found.listed)) == ((True, 0) if held else (False, 1))


def test_a_name_below_a_listed_domain_is_held_back_where_it_is_a_known_one() -> None:
    held = Held(lambda _, value: "top sites" if value == "www.shared.example" else None)
    index = build([part([("domain", "shared.example")])], held)
    found = told(index, {"url_domain": "www.shared.example"}, {"url_domain": "bad.shared.example"})
    assert found.held_back == {"top sites": (1, "www.shared.example")}
    assert len(found.places) == 1


def test_a_part_of_a_pattern_counts_as_far_as_the_rest_holds() -> None:
    both = "[network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port = 4444]"
    index = build([part([ADDRESS], 90, pattern=both)])
    rows = ({"destination_ip": ADDRESS[1], "destination_port": port} for port in (4444, 443))
    found = told(index, *rows)
    assert found.places.tolist() == [0]
    assert [one.severity for one in found.listed] == [Severity.HIGH]
    later = "[ipv4-addr:value = '198.51.100.7'] FOLLOWEDBY [domain-name:value = 'evil.example']"
    (listed,) = told(build([part([ADDRESS], 90, pattern=later)]), {"destination_ip": ADDRESS[1]}).listed
    assert listed.severity is Severity.LOW


def test_what_stands_alone_needs_no_pattern() -> None:
    both = "[network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port = 4444]"
    index = build([part([ADDRESS], 90, feed("whole"), pattern=both), part([ADDRESS], 50, feed("alone"))])
    (listed,) = told(index, {"destination_ip": ADDRESS[1], "destination_port": 443}).listed
    assert listed.feed_id == "alone"


def test_sightings_are_counted_by_day_and_platform() -> None:
    rows = [
        {"source_ip": ADDRESS[1], "ts": NOW - DAY, "platform_id": "a"},
        {"source_ip": ADDRESS[1], "ts": NOW, "platform_id": "a"},
        {"source_ip": ADDRESS[1], "ts": NOW - timedelta(hours=1), "platform_id": "a"},
        {"source_ip": ADDRESS[1], "ts": NOW, "platform_id": None},
    ]
    found = told(build([part([ADDRESS])]), *rows)
    day = (NOW - datetime(1970, 1, 1, tzinfo=UTC)).days
    assert sorted((one.platform_id, one.day, one.count, one.last_at - one.first_at) for one in found.sightings) == [
        ("", day, 1, 0),
        ("a", day - 1, 1, 0),
        ("a", day, 2, 3_600_000_000),
    ]


def test_nothing_is_told_of_nothing() -> None:
    found = told(build([part([ADDRESS])]), {"source_ip": "192.0.2.1"})
    assert not found.listed
    assert not found.sightings
    assert not found.held_back


def test_hostile_values_are_shown_bounded_and_printable() -> None:
    shown = plain("evil\N{RIGHT-TO-LEFT OVERRIDE}" + "x" * 500, 120)
    assert len(shown) == 120
    assert shown.startswith("evil\N{REPLACEMENT CHARACTER}xx")


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ("attack.t1071.001 botnet", ["attack.t1071.001"]),
        ('misp-galaxy:mitre-attack-pattern="Web_Protocols_-_T1071.001"', ["attack.t1071.001"]),
        ("cve-2024-3400 T1071", []),
        ("", []),
    ],
)
def test_techniques_among_tags(tags: str, found: list[str]) -> None:
    assert list(techniques(tags)) == found


@pytest.mark.parametrize("column", ["url_domain", "url_original"])
def test_what_a_client_asks_a_server_of_ours_for_is_inbound(column: str) -> None:
    """Whoever probes for open proxies names hosts in what they ask: no host of ours went there."""
    index = build([part([("domain", "evil.example")], 90)])
    text = "evil.example" if column == "url_domain" else "http://evil.example/"
    (asked,) = told(index, {column: text, "log_category": "webserver"}).listed
    (went,) = told(index, {column: text, "log_category": "proxy"}).listed
    assert (asked.severity, went.severity) == (Severity.MEDIUM, Severity.HIGH)


def test_our_own_names_raise_no_alarm_though_a_feed_lists_what_is_above_them() -> None:
    held = Held(WarningLists(WARNINGS.empty_table(), ("data.go.th",)).why)
    index = build([part([("domain", "go.th"), ("url", "https://data.go.th/x")], 90)], held)
    rows = ({"url_domain": "www.data.go.th"}, {"dns_question_name": "x.go.th"}, {"url_original": "http://data.go.th/x"})
    found = told(index, *rows)
    assert [one.value for one in found.listed] == ["go.th"]
    assert found.places.tolist() == [1]
    assert found.held_back == {OWN: (3, "www.data.go.th")}


def test_a_value_in_thousands_of_documents_is_told_in_few_and_where_it_stands_alone_first() -> None:
    patterns = [f"[ipv4-addr:value = '{ADDRESS[1]}' AND network-traffic:dst_port = {port}]" for port in range(2_000)]
    parts = [part([ADDRESS], 90, pattern=pattern).table for pattern in patterns]
    alone = part([ADDRESS], 40).table
    table = pa.concat_tables([*parts, alone]).unify_dictionaries()
    scores = np.append(np.full(len(parts), 90, np.uint8), np.uint8(40))
    index = build([Part(feed("big"), table, scores), part([ADDRESS], 50, feed("small"))])
    (listings,) = index.listings([0])
    assert len(listings) == 17
    (listed,) = told(index, {"source_ip": ADDRESS[1]}).listed
    assert [(row["feed"], row["score"]) for row in json.loads(listed.listed)] == [("small", 50), ("big", 40)]


def test_patterns_beyond_measure_count_as_seen_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_TRIED", 3)
    pattern = f"[ipv4-addr:value = '{ADDRESS[1]}' AND network-traffic:dst_port = 443]"
    index = build([part([ADDRESS], 90, pattern=pattern)])
    found = told(index, *({"source_ip": ADDRESS[1], "destination_port": port} for port in (80, 81, 443, 443, 82)))
    assert found.places.tolist() == [2, 3, 4]
    assert [one.severity for one in found.listed] == [Severity.MEDIUM, Severity.LOW]
