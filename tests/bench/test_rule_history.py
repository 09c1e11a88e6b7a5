"""The history of a rule's file comes from git where there is one, and nothing of the repository's choice is run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from warroom.bench.rule_history import Commit, file_history


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=Nida \x1b[31m", "-c", "user.email=nida@example.test", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    file = tmp_path / "web_a.yml"
    for number, text in enumerate(("one", "two")):
        file.write_text(text, encoding="utf-8")
        git(tmp_path, "add", file.name)
        git(tmp_path, "commit", "--quiet", "--message", f"Change {number}")
    git(tmp_path, "mv", "--", "web_a.yml", "--web_b.yml")
    git(tmp_path, "commit", "--quiet", "--message", "Another name")
    return tmp_path / "--web_b.yml"


def test_commits_of_a_file_newest_first_and_under_its_earlier_name(rule: Path) -> None:
    found = file_history(rule)
    assert [one.subject for one in found] == ["Another name", "Change 1", "Change 0"]
    assert all(isinstance(one, Commit) and one.author.isprintable() and "T" in one.at for one in found)
    assert [one.subject for one in file_history(rule, limit=1)] == ["Another name"]


def test_nothing_that_a_repository_names_is_run(rule: Path) -> None:
    mark = rule.parent / "mark"
    program = rule.parent / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n", encoding="utf-8")
    program.chmod(0o755)
    for setting in ("core.pager", "core.fsmonitor", "gpg.program", "pager.log"):
        git(rule.parent, "config", setting, str(program))
    git(rule.parent, "config", "log.showSignature", "true")
    assert len(file_history(rule)) == 3
    assert not mark.exists()


def test_without_git_or_a_working_copy_there_is_none(
    rule: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert file_history(Path("relative.yml")) == []
    assert file_history(tmp_path / "nowhere" / "a.yml") == []
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert file_history(rule) == []
