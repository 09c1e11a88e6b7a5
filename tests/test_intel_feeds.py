"""What files of intelligence feeds may say, and how each mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from warroom.catalog import load_feeds
from warroom.catalog.intel_feeds import IntelFeed, load_intel_feeds
from warroom.catalog.intel_ways import Folder, Http, Misp, Taxii
from warroom.indicators import Kind, Tlp
from warroom.model import Severity

LIST = """
title: {th: รายการ, en: A list}
about: https://example.org/list
licence: CC0-1.0
format: list
enabled: true
collect: {way: http, url: "https://example.org/list.txt", every: 2h}
values: {kind: ipv4}
weight: {confidence: 70, tlp: green, severity: low, lifetime: 7d, keep: 1d, mark: tor}
"""


def written(folder: Path, text: str, name: str = "a_list.yml") -> tuple[list[IntelFeed], list[str]]:
    place = folder / "intel"
    place.mkdir(exist_ok=True)
    (place / name).write_text(text, encoding="utf-8")
    feeds, faults = load_intel_feeds(folder, Path("/state"))
    return feeds, [f"{fault.line}: {fault.reason}" for fault in faults]


def test_a_list_says_what_it_is_where_it_comes_from_and_how_far_it_is_believed(tmp_path: Path) -> None:
    (feed,), faults = written(tmp_path, LIST)
    assert faults == []
    assert (feed.id, feed.title_en, feed.format, feed.enabled) == ("a_list", "A list", "list", True)
    assert feed.collect == Http("https://example.org/list.txt", None, feed.collect.trust)  # type: ignore[union-attr]
    assert (feed.every_seconds, feed.kind, feed.confidence, feed.tlp) == (7200, Kind.IPV4, 70, Tlp.GREEN)
    assert (feed.severity, feed.lifetime_seconds, feed.keep_seconds) == (Severity.LOW, 7 * 86400, 86400)
    assert feed.mark == "tor"


def test_what_is_left_out_is_careful(tmp_path: Path) -> None:
    text = 'title: {th: ก, en: a}\nformat: stix\ncollect: {way: http, url: "https://example.org/a"}\n'
    (feed,), faults = written(tmp_path, text)
    assert faults == []
    assert not feed.enabled
    assert (feed.confidence, feed.tlp, feed.severity, feed.lifetime_seconds) == (50, Tlp.CLEAR, Severity.MEDIUM, None)
    assert feed.stale_after_seconds == 2 * 86400


def test_a_feed_that_raises_no_alarm_says_so(tmp_path: Path) -> None:
    (feed,), _ = written(tmp_path, LIST.replace("severity: low", "severity: none"))
    assert feed.severity is None


def test_each_way_has_its_keys(tmp_path: Path) -> None:
    taxii = """
title: {th: ก, en: a}
format: stix
collect:
  way: taxii
  url: https://taxii.example.org/taxii2/
  collection: Indicators of APT
  auth: basic
  user: warroom
  secret_env: TAXII_PASSWORD
  page_size: 50
"""
    (feed,), faults = written(tmp_path, taxii)
    assert faults == []
    assert isinstance(feed.collect, Taxii)
    assert (feed.collect.collection, feed.collect.page_size) == ("Indicators of APT", 50)
    assert feed.collect.auth is not None
    assert feed.collect.auth.name == "warroom"
    misp = taxii.replace("way: taxii", "way: misp").replace("format: stix", "format: misp")
    misp = misp.replace("  collection: Indicators of APT\n", "  since: 30d\n")
    (feed,), faults = written(tmp_path, misp)
    assert faults == []
    assert isinstance(feed.collect, Misp)
    assert feed.collect.since_seconds == 30 * 86400


def test_a_folder_needs_no_format(tmp_path: Path) -> None:
    text = 'title: {th: ก, en: a}\ncollect: {way: folder, paths: ["{data}/advisories/*"]}\n'
    (feed,), faults = written(tmp_path, text)
    assert faults == []
    assert feed.format == ""
    assert feed.collect == Folder(("/state/advisories/*",))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("way: http", "way: htttp"), "did you mean `http`"),
        (("format: list", "format: lists"), "did you mean `list`"),
        (("kind: ipv4", "kind: ip4"), "did you mean `ipv4`"),
        (("confidence: 70", "confidence: 170"), "0 to 100"),
        (("tlp: green", "tlp: white"), "no TLP marking `white`"),
        (("mark: tor", "mark: torr"), "did you mean `tor`"),
        (("every: 2h", "every: 2"), "is a duration"),
        (("https://example.org/list.txt", "ftp://example.org/list.txt"), "is an https:// address"),
        (("https://example.org/list.txt", "https://me:word@example.org/x"), "without a user's name or password"),
        (("every: 2h", "every: 2h, secret: x"), "unknown key `secret`"),
        (("{kind: ipv4}", "{columns: {a: colour}}"), "not `colour`"),
        (("{kind: ipv4}", '{delimiter: ", "}'), "is one sign"),
        (("weight:", "wieght:"), "did you mean `weight`"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    feeds, faults = written(tmp_path, LIST.replace(*change))
    assert feeds == []
    assert any(told in fault for fault in faults), faults
    assert all(not fault.startswith("0:") for fault in faults)


def test_one_faulty_file_keeps_no_other_from_loading(tmp_path: Path) -> None:
    written(tmp_path, "title: [", "broken.yml")
    feeds, faults = written(tmp_path, LIST)
    assert [feed.id for feed in feeds] == ["a_list"]
    assert len(faults) == 1


@pytest.mark.parametrize("name", ["by_hand.yml", "A.yml", "a.yaml"])
def test_a_file_has_a_name_that_can_be_an_id(tmp_path: Path, name: str) -> None:
    feeds, (fault,) = written(tmp_path, LIST, name)
    assert feeds == []
    assert fault.startswith("0: ")


def test_feeds_of_logs_and_of_intelligence_keep_apart(tmp_path: Path) -> None:
    written(tmp_path, LIST)
    assert load_feeds(tmp_path, Path("/state")) == ([], [])
