"""Drafts as they are written: checked, masked, saved among the drafts alone, and refused where they could do harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.access import Actor, Role
from warroom.bench.drafts import drafts_folder
from warroom.bench.editing import check_draft, named, rules_of, save_draft
from warroom.console.draft_keeping import START_NAME, START_SAMPLES, start_rule
from warroom.errors import ForbiddenError, UsageError
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.database import State

ENGINEER = Actor("somying", frozenset({Role.DETECTION_ENGINEER}))
RULE = """
title: Guessing
id: 11111111-1111-4111-8111-111111111111
status: experimental
description: It finds guesses
author: Somying
date: 2026-11-01
tags: [attack.t1110]
logsource: {product: govplatform, service: authn}
detection:
    selection: {event.outcome: failure}
    condition: selection
falsepositives: [None]
level: high
custom: {title_th: ก, description_th: ข, advice_th: ค, advice_en: d, ncsa_category: 1, playbook: account_takeover}
"""
SAMPLES = """
format: jsonl
logsource: {product: govplatform, service: authn}
must_match:
    - why: a failure
      line: '{"ts": "$time", "result": "failure", "phone": "081-234-5678"}'
must_not_match:
    - why: a success
      line: '{"ts": "$time", "result": "success"}'
"""


@pytest.fixture
def detectors(tmp_path: Path) -> Path:
    (tmp_path / "detectors" / "authn").mkdir(parents=True)
    return tmp_path / "detectors"


def test_a_sound_draft_holds_its_samples(detectors: Path) -> None:
    found = check_draft("authn_guess", RULE, SAMPLES, detectors)
    assert found.sound, found
    assert [(one.why, one.expected) for one in found.cases] == [("a failure", True), ("a success", False)]


def test_what_the_editor_begins_with_holds_and_its_texts_are_named(detectors: Path) -> None:
    found = check_draft(START_NAME, start_rule("Somying", "2026-11-23"), START_SAMPLES, detectors)
    assert [one.failure for one in found.cases] == ["", ""]
    faults = [*found.rule, *found.samples]
    assert len(faults) == 8
    assert all(one.reason.startswith("still to be written: ") and one.line for one in faults), faults


def test_faults_name_the_line_and_not_the_folder_of_the_check(detectors: Path) -> None:
    found = check_draft("authn_guess", RULE.replace("level: high", "level: loud"), "format: xml\n", detectors)
    assert ("authn_guess.yml", 14) in {(one.file, one.line) for one in found.rule}
    assert [one.file for one in found.samples][:1] == ["authn_guess.samples.yaml"]
    assert not found.sound
    wrong = check_draft("authn_guess", RULE, SAMPLES.replace('"success"', '"failure"'), detectors)
    assert [bool(one.failure) for one in wrong.cases] == [False, True]
    assert not wrong.sound


@pytest.mark.parametrize("name", ["", "../x_y", "a", "a_b/c", "A_b", "a_b.yml", "a_" + "b" * 80, "a_b\0"])
def test_a_name_that_is_none_writes_nothing(state: State, data_dir: Path, detectors: Path, name: str) -> None:
    assert not check_draft(name, RULE, SAMPLES, detectors).sound
    with pytest.raises(UsageError, match="name it"):
        save_draft(state, data_dir, ENGINEER, name, RULE, SAMPLES)
    assert not drafts_folder(data_dir).exists()


@given(st.text(max_size=60))
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    try:
        path = Path("drafts") / f"{named(name)}.yml"
    except UsageError:
        return
    assert path.parent == Path("drafts")
    assert name.isascii()


def test_a_saved_draft_is_masked_private_and_audited(state: State, data_dir: Path) -> None:
    draft = save_draft(state, data_dir, ENGINEER, "authn_guess", RULE, SAMPLES)
    assert draft.rule_id.startswith("1111")
    files = {path.name: path for path in drafts_folder(data_dir).iterdir()}
    assert set(files) == {"authn_guess.yml", "authn_guess.samples.yaml"}
    assert "081-234-5678" not in files["authn_guess.samples.yaml"].read_text(encoding="utf-8")
    assert all(path.stat().st_mode & 0o077 == 0 for path in files.values())
    with state.read() as connection:
        (entry,) = read(connection, Filter(actions=(AuditAction.RULE_CHANGED,)), limit=9).entries
    assert (entry.actor, entry.subject_id) == ("somying", draft.rule_id)
    assert draft.sha256 in entry.body


def test_what_is_no_rule_replaces_no_draft(state: State, data_dir: Path) -> None:
    save_draft(state, data_dir, ENGINEER, "authn_guess", RULE, SAMPLES)
    before = (drafts_folder(data_dir) / "authn_guess.yml").read_bytes()
    for text in ("", "title: [", "title: x", "a: &a [x]\nb: *a\n", RULE + "x" * (300 << 10)):
        with pytest.raises(UsageError):
            save_draft(state, data_dir, ENGINEER, "authn_guess", text, SAMPLES)
    assert (drafts_folder(data_dir) / "authn_guess.yml").read_bytes() == before


def test_a_link_among_the_drafts_is_replaced_and_not_followed(state: State, data_dir: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yml"
    other.write_text("mine", encoding="utf-8")
    drafts_folder(data_dir).mkdir(parents=True)
    (drafts_folder(data_dir) / "authn_guess.yml").symlink_to(other)
    save_draft(state, data_dir, ENGINEER, "authn_guess", RULE, SAMPLES)
    assert other.read_text(encoding="utf-8") == "mine"


def test_only_who_manages_rules_saves(state: State, data_dir: Path) -> None:
    with pytest.raises(ForbiddenError):
        save_draft(state, data_dir, Actor("anong", frozenset({Role.ANALYST})), "authn_guess", RULE, SAMPLES)
    assert not drafts_folder(data_dir).exists()


def test_rules_to_try_are_those_of_the_text(detectors: Path) -> None:
    assert [one.title for one in rules_of("authn_guess", RULE, detectors).rules] == ["Guessing"]
    with pytest.raises(UsageError, match="line"):
        rules_of("authn_guess", RULE.replace("condition: selection", "condition: other"), detectors)
