"""Rules load from folders and archives; what cannot be used is refused with file, line and reason."""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path

import pytest

from warroom.detect import load_rules
from warroom.errors import UsageError

RULE = """title: Rule {0}
id: 00000000-0000-4000-8000-00000000000{0}
logsource: {{category: test}}
detection:
  s: {{a: x}}
  condition: s
"""


def names(folder: Path, cache: Path | None = None) -> list[str]:
    return [rule.title for rule in load_rules([folder], cache).rules]


def test_a_faulty_file_never_stops_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(RULE.format(1))
    (tmp_path / "b.yml").write_text("title: [\n")
    (tmp_path / "c.yml").write_text(RULE.format(2).replace("condition: s", "condition: s | count() > 5"))
    (tmp_path / "d.yml").write_text("title: x\n---\n" + RULE.format(1))
    (tmp_path / "e.yml").write_text(RULE.format(3).replace("a: x", "'a|expand': '%admins%'"))
    (tmp_path / "a.samples.yml").write_text("not: a rule\n")
    loaded = load_rules([tmp_path])
    assert [rule.title for rule in loaded.rules] == ["Rule 1"]
    told = {(Path(fault.file).name, fault.line): fault.reason for fault in loaded.refused}
    assert set(told) == {("b.yml", 2), ("c.yml", 6), ("d.yml", 1), ("d.yml", 3), ("e.yml", 5)}
    assert "pipe syntax" in told["c.yml", 6]
    assert "already belongs to" in told["d.yml", 3]
    assert "%admins% has no values" in told["e.yml", 5]


def test_an_archive_loads_like_a_folder_and_nothing_leaves_it(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text(RULE.format(1))
    archive = tmp_path / "rules.tar.gz"
    with tarfile.open(archive, "w:gz") as file:
        file.add(tmp_path / "one.yml", "rules/one.yml")
        file.add(tmp_path / "one.yml", "../../escaped.yml")
    loaded = load_rules([archive])
    assert [rule.file for rule in loaded.rules] == [f"{archive}:rules/one.yml"]
    assert ["left in the archive" in fault.reason for fault in loaded.refused] == [True]


def test_what_is_no_sigma_is_left_alone_in_an_archive_and_told_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text(RULE.format(1))
    (tmp_path / "settings.yml").write_text("validators: [all]\nlogsources: {}\n")
    archive = tmp_path / "rules.tar.gz"
    with tarfile.open(archive, "w:gz") as file:
        for name in ("one.yml", "settings.yml"):
            file.add(tmp_path / name, f"rules/{name}")
    assert load_rules([archive]).refused == []
    assert [Path(fault.file).name for fault in load_rules([tmp_path]).refused] == ["settings.yml"]


def test_a_missing_folder_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        load_rules([tmp_path / "nowhere"])


def test_the_cache_answers_by_content_and_reads_only_what_changed(tmp_path: Path) -> None:
    rules, cache = tmp_path / "rules", tmp_path / "cache"
    rules.mkdir()
    (rules / "a.yml").write_text(RULE.format(1))
    (rules / "b.yml").write_text(RULE.format(2))
    assert names(rules, cache) == ["Rule 1", "Rule 2"]
    (kept,) = cache.iterdir()
    assert (cache.stat().st_mode & 0o777, kept.stat().st_mode & 0o777) == (0o700, 0o600)
    written = kept.stat().st_ino
    assert names(rules, cache) == ["Rule 1", "Rule 2"]
    assert kept.stat().st_ino == written
    (rules / "b.yml").write_text(RULE.format(3))
    assert names(rules, cache) == ["Rule 1", "Rule 3"]


@pytest.mark.parametrize("harm", ["torn", "foreign", "link"])
def test_a_doubtful_cache_is_never_unpickled(tmp_path: Path, harm: str) -> None:
    rules, cache = tmp_path / "rules", tmp_path / "cache"
    rules.mkdir()
    (rules / "a.yml").write_text(RULE.format(1))
    names(rules, cache)
    (kept,) = cache.iterdir()
    evil = b"cos\nsystem\n(S'touch " + str(tmp_path / "pwned").encode() + b"'\ntR."
    if harm == "torn":
        kept.write_bytes(kept.read_bytes()[:-1])
    else:
        data = hashlib.sha256(evil).digest() + evil
        if harm == "link":
            (tmp_path / "elsewhere").write_bytes(data)
            kept.unlink()
            kept.symlink_to(tmp_path / "elsewhere")
        else:
            kept.write_bytes(data)
            cache.chmod(0o777)
    assert names(rules, cache) == ["Rule 1"]
    assert not (tmp_path / "pwned").exists()
