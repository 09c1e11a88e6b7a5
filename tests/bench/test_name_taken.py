"""A draft never takes the place of a detector that happens to be called the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from warroom.access import Actor, Role
from warroom.bench.drafts import drafts_folder
from warroom.bench.editing import check_draft, save_draft
from warroom.bench.name_taken import taken
from warroom.bench.patching import patch
from warroom.errors import UsageError
from warroom.store.database import State

ENGINEER = Actor("somying", frozenset({Role.DETECTION_ENGINEER}))
THEIRS = "11111111-1111-4111-8111-111111111111"
OURS = "22222222-2222-4222-8222-222222222222"
NAME = "authn_guess"
SAID = "a detector named `authn_guess` is there already, authn/authn_guess.yml: choose another name"


def rule(rule_id: str) -> str:
    return f"title: Guessing\nid: {rule_id}\nlogsource: {{service: authn}}\ndetection: {{s: {{a: b}}, condition: s}}\n"


@pytest.fixture
def detectors(tmp_path: Path) -> Path:
    for folder, text in (("authn", rule(THEIRS)), ("filters", "title: ["), ("upstream", rule(THEIRS))):
        (tmp_path / "detectors" / folder).mkdir(parents=True)
        name = {"authn": NAME, "filters": "authn_broken", "upstream": "authn_free"}[folder]
        (tmp_path / "detectors" / folder / f"{name}.yml").write_text(text, encoding="utf-8")
    return tmp_path / "detectors"


def drafted(data_dir: Path, rule_id: str) -> Path:
    folder = drafts_folder(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.yml").write_text(rule(rule_id), encoding="utf-8")
    return folder


def test_a_name_is_taken_by_a_detector_of_another_id(detectors: Path, tmp_path: Path) -> None:
    assert taken(NAME, OURS, detectors) == taken(NAME, "", detectors) == SAID
    assert taken(NAME, THEIRS, detectors) == ""
    assert taken("authn_free", OURS, detectors) == ""  # the rules of others have names of their own
    assert taken("authn_broken", "None", detectors)  # whatever that is, it is there
    assert taken(NAME, OURS, tmp_path / "nowhere") == ""


def test_there_is_no_patch_that_replaces_another_rule(detectors: Path, data_dir: Path) -> None:
    with pytest.raises(UsageError, match=r"^authn_guess\.yml: a detector named `authn_guess` is there already"):
        patch(drafted(data_dir, OURS), detectors)
    changed = rule(THEIRS).replace("Guessing", "Much guessing")
    (drafts_folder(data_dir) / f"{NAME}.yml").write_text(changed, encoding="utf-8")
    assert "--- a/detectors/authn/authn_guess.yml\n" in patch(drafts_folder(data_dir), detectors)


def test_the_check_says_so_while_it_is_written(detectors: Path) -> None:
    found = check_draft(NAME, rule(OURS), "", detectors).rule
    assert [(one.file, one.line) for one in found if one.reason == SAID] == [("authn_guess.yml", 0)]
    assert SAID not in [one.reason for one in check_draft(NAME, rule(THEIRS), "", detectors).rule]


def test_a_new_draft_is_not_saved_under_such_a_name_and_one_that_is_there_is(
    state: State, data_dir: Path, detectors: Path
) -> None:
    with pytest.raises(UsageError, match="is there already"):
        save_draft(state, data_dir, ENGINEER, NAME, rule(OURS), "", detectors=detectors)
    assert not drafts_folder(data_dir).exists()
    save_draft(state, data_dir, ENGINEER, NAME, rule(THEIRS), "", detectors=detectors)
    save_draft(state, data_dir, ENGINEER, NAME, rule(OURS), "", detectors=detectors)
