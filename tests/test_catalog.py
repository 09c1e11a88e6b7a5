"""The content catalogue: every fault with its file, its line and what to do; one bad file stops no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from warroom.bench.feed_samples import sample_path
from warroom.catalog import MAX_BYTES, Feed, load_feeds, load_platforms, read_yaml
from warroom.catalog.transports.files import Files
from warroom.errors import ContentError, Fault
from warroom.settings import ROOT

GOOD = """\
title:
  th: เว็บ
  en: Web
platform: tang_rat
collect:
  transport: file
  paths: ["{data}/logs/a.log*"]
  every: 500ms
parse:
  format: jsonl
  fields: {source_ip: peer}
logsource:
  product: govplatform
  service: authn
drill: true
silent_after: 15m
"""


def load(folder: Path, text: str = GOOD, name: str = "web.yml") -> tuple[list[Feed], list[Fault]]:
    (folder / name).write_text(text)
    return load_feeds(folder, Path("/state"))


def test_a_sound_feed(tmp_path: Path) -> None:
    (feed,), faults = load(tmp_path)
    assert faults == []
    assert (feed.id, feed.title_th, feed.title_en, feed.platform_id) == ("web", "เว็บ", "Web", "tang_rat")
    assert (feed.collect, feed.every_seconds, feed.silent_after_seconds) == (Files(("/state/logs/a.log*",)), 0.5, 900)
    assert (feed.format, feed.timezone, feed.mapping) == ("jsonl", "Asia/Bangkok", {"source_ip": "peer"})
    assert (feed.log_product, feed.log_category, feed.log_service) == ("govplatform", None, "authn")
    assert (feed.drill, feed.enabled, feed.file) == (True, True, tmp_path / "web.yml")


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("platform: tang_rat", "platfrom: tang_rat", 4, "unknown key `platfrom`, did you mean `platform`?"),
        ("platform: tang_rat", "platform: tang_rta", 4, "no platform `tang_rta`, did you mean `tang_rat`?"),
        ("  transport: file", "  transport: fiel", 6, "no transport `fiel`, did you mean `file`?"),
        ('["{data}/logs/a.log*"]', "a.log", 7, "`collect.paths` is a list"),
        ('["{data}/logs/a.log*"]', "[logs/a.log]", 7, "whole path"),
        ('["{data}/logs/a.log*"]', "[/var/../etc/shadow]", 7, "without `..`"),
        ('["{data}/logs/a.log*"]', '["{home}/a.log"]', 7, "only placeholder"),
        ("every: 500ms", "every: soon", 8, "is a duration such as"),
        ("every: 500ms", "every: 1ms", 8, "at least 0.1 seconds"),
        ("format: jsonl", "format: json", 10, "no format `json`, did you mean `jsonl`?"),
        ("{source_ip: peer}", "{source_pi: peer}", 11, "no core column `source_pi`, did you mean `source_ip`?"),
        ("{source_ip: peer}", "{source_ip: 7}", 11, "a field of the source is a text"),
        ("drill: true", "drill: yes please", 15, "`drill` is true or false"),
        ("drill: true", "drill: true\ndrill: false", 16, "the key `drill` stands twice"),
        ("  th: เว็บ\n", "", 1, "`title.th` is missing"),
        ("drill: true", "drill: [", 17, "not valid YAML"),
        ("  product: govplatform\n  service: authn", "  {}", 12, "`logsource` names a product"),
        ("parse:", "parse:\n  timezone: Asia/Bangkock", 10, "no time zone `Asia/Bangkock`"),
    ],
)
def test_every_fault_has_its_line_and_says_what_to_do(
    tmp_path: Path, old: str, new: str, line: int, reason: str
) -> None:
    (tmp_path / "good.yml").write_text(GOOD)
    assert old in GOOD
    feeds, faults = load(tmp_path, GOOD.replace(old, new))
    assert [feed.id for feed in feeds] == ["good"]
    assert faults[0].file == str(tmp_path / "web.yml")
    assert faults[0].line == line, faults
    assert reason in faults[0].reason


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    _, faults = load(tmp_path, GOOD.replace("tang_rat", "x").replace("jsonl", "y").replace("500ms", "z"))
    assert len(faults) == 3


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("web.yaml", b"", "rename it to web.yml"),
        ("Web One.yml", b"", "file name is the feed's id"),
        ("empty.yml", b"", "one feed a file: found 0"),
        ("two.yml", b"a: 1\n---\nb: 2\n", "one feed a file: found 2"),
        ("list.yml", b"- a\n", "expected `key: value`"),
        ("latin.yml", "a: é\n".encode("latin-1"), "not UTF-8"),
        ("huge.yml", b"a: 1 #" + b"x" * MAX_BYTES, "longer than 2 MiB"),
        ("object.yml", b"a: !!python/object/apply:os.system [id]\n", "not valid YAML"),
        ("date.yml", b"a: 2026-13-99\n", "looks like a number or a date and is none"),
        ("deep.yml", b"a: " + b"[" * 3000 + b"]" * 3000, "nested deeper"),
        ("loop.yml", b"a: &a [*a]\n", "holds itself"),
    ],
)
def test_hostile_and_mistaken_files_are_refused(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / "good.yml").write_text(GOOD)
    (tmp_path / name).write_bytes(content)
    feeds, (fault,) = load_feeds(tmp_path, Path("/state"))
    assert [feed.id for feed in feeds] == ["good"]
    assert reason in fault.reason


def test_a_bomb_of_aliases_is_refused_before_it_grows(tmp_path: Path) -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 7)]
    path = tmp_path / "bomb.yml"
    path.write_text("\n".join(levels))
    with pytest.raises(ContentError, match="aliases"):
        read_yaml(path)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize(
    "text",
    [
        "\n".join(" " * level + "a:" for level in range(60)),
        "\n".join("  " * level + "- a:" for level in range(40)),
        "a:\n" + "\n".join(" " * level + "-\n" + " " * (level + 1) + "a:" for level in range(60)),
        "a:\n  " + "- " * 60 + "x",
        "a:\n  " + "? " * 60 + "x",
        "a: " + "{b: [" * 30 + "x" + "]}" * 30,
        "\n".join(" " * level + "? a\n" + " " * level + ":" for level in range(60)),
    ],
)
def test_deep_documents_are_refused_however_they_are_written(tmp_path: Path, text: str, end: str) -> None:
    path = tmp_path / "deep.yml"
    path.write_bytes(text.replace("\n", end).encode())
    with pytest.raises(ContentError, match="nested deeper than 40"):
        read_yaml(path)


def test_documents_know_the_lines_of_their_keys(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text("a: 1\n---\nb:\n  - c\n  - d: 2\n")
    first, second = read_yaml(path)
    assert (first.data, first.line, second.line) == ({"a": 1}, 1, 3)
    assert (second.line_of("b", 1, "d"), second.line_of("b", 9), second.line_of("z")) == (5, 3, 3)


def test_an_absent_folder_is_a_fault(tmp_path: Path) -> None:
    feeds, (fault,) = load_feeds(tmp_path / "none", tmp_path)
    assert feeds == []
    assert "WARROOM_FEEDS" in fault.reason


def test_the_platforms() -> None:
    platforms = load_platforms()
    assert len(platforms) == 38
    assert platforms["tang_rat"].criticality == "critical"
    assert "authn" in platforms["tang_rat"].log_sources


def test_every_platform_names_its_seed_and_log_sources_of_the_vocabulary() -> None:
    (document,) = read_yaml(ROOT / "data" / "reference" / "platforms.yaml")
    vocabulary = document.data["log_source_vocabulary"]
    for platform in document.data["platforms"]:
        assert platform["log_sources"], platform["id"]
        assert set(platform["log_sources"]) <= vocabulary.keys(), platform["id"]
        assert all(re.fullmatch(r"00[0-4]_[0-9a-f]{16}\.txt", seed) for seed in platform["source_seed"]), platform["id"]
        assert platform["source_seed"], platform["id"]


def test_the_shipped_feeds_are_sound() -> None:
    feeds, faults = load_feeds(ROOT / "feeds", Path("/state"))
    assert faults == []
    assert feeds
    for feed in feeds:
        assert sample_path(feed).is_file(), feed.id


def test_every_kind_of_log_of_every_platform_has_a_feed_that_is_ready() -> None:
    feeds, _ = load_feeds(ROOT / "feeds", Path("/state"))
    defined = {(feed.platform_id, feed.log_source) for feed in feeds}
    pairs = {(key, kind) for key, platform in load_platforms().items() for kind in platform.log_sources}
    assert len(pairs) == 240
    assert pairs - defined == set()
    assert not any(feed.enabled for feed in feeds)  # people switch on what they have


def test_kinds_of_log_lend_their_feeds_what_these_do_not_say(tmp_path: Path) -> None:
    text = "platform: tang_rat\nlog_source: waf\ncollect: {transport: file, paths: [/var/log/waf.log]}\n"
    (tmp_path / "waf.yml").write_text(text)
    (tmp_path / "own.yml").write_text(f"{text}parse: {{format: cef}}\nsilent_after: 2m\n")
    (tmp_path / "odd.yml").write_text(text.replace("waf\n", "waff\n"))
    (own, shared), faults = load_feeds(tmp_path, Path("/state"))
    assert (shared.format, shared.log_product, shared.log_service) == ("jsonl", "govplatform", "waf")
    assert (own.format, own.silent_after_seconds, own.log_service) == ("cef", 120, "waf")
    assert "Tang Rat" in shared.title_en
    assert any("there is no kind of log `waff`, did you mean `waf`?" in fault.reason for fault in faults)


def test_a_feed_of_a_name_that_another_has_is_refused(tmp_path: Path) -> None:
    text = "platform: tang_rat\nlog_source: waf\ncollect: {transport: file, paths: [/var/log/waf.log]}\n"
    for folder in ("one", "two", "samples"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "waf.yml").write_text(text)
    feeds, faults = load_feeds(tmp_path, Path("/state"))
    assert len(feeds) == 1
    assert ["has this name, too" in fault.reason for fault in faults] == [True]
