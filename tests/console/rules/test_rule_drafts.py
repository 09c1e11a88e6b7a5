"""Drafts of rules: written, checked, saved, refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from console.entering import Enter, entries, page, quick
from console.rule_entering import press, settled, stage_of
from console.rule_seeding import (
    DRAFTED,
    LOUD,
    SAMPLES,
    STRANGE,
    rule,
    write_draft,
)

from warroom.bench.drafts import drafts_folder
from warroom.catalog.stages import Stage
from warroom.store.audit import AuditAction
from warroom.store.database import State

pytestmark = quick


def test_a_draft_is_checked_while_it_is_written_saved_and_shown_as_a_patch(
    ruled: State, enter: Enter, data_dir: Path, detectors: Path
) -> None:
    before = {path: path.read_bytes() for path in detectors.rglob("*") if path.is_file()}
    app = settled(enter("prometheus", screen="draft"))
    assert "Something is to be mended" in page(app)
    app.text_input(key="rule_draft_name").set_value("authn_drafted")
    app.text_area(key="rule_draft_yaml").set_value(rule(DRAFTED, "Guessing by draft"))
    app.text_area(key="rule_draft_samples").set_value(SAMPLES)
    app = settled(app.run())
    assert "2 of 2 samples hold" in page(app)
    assert "No fault" in page(app)
    again = settled(enter("prometheus", screen="draft"))
    assert "Guessing by draft" in str(again.text_area(key="rule_draft_yaml").value)
    app = settled(app.button(key="draft_save_do").click().run())
    assert (drafts_folder(data_dir) / "authn_drafted.yml").is_file()
    assert any("+++ b/detectors/authn/authn_drafted.yml" in one.value for one in app.code)
    assert entries(ruled, AuditAction.RULE_CHANGED)[0].actor == "prometheus"
    assert {path: path.read_bytes() for path in detectors.rglob("*") if path.is_file()} == before
    app = press(enter("prometheus", screen="rules", rule=DRAFTED), "rule_to_shadow")
    assert stage_of(ruled, DRAFTED) == Stage.SHADOW
    write_draft(data_dir, text=rule(DRAFTED, "Guessing by another draft"))
    assert "not the file that this stage was given for" in page(app.run())


@pytest.mark.usefixtures("ruled")
def test_a_copy_begins_with_the_rule_and_its_faults_have_lines(enter: Enter) -> None:
    app = settled(enter("prometheus", screen="draft", copy=LOUD))
    assert app.text_input(key="rule_draft_name").value == "authn_loud"
    assert f"id: {LOUD}" in str(app.text_area(key="rule_draft_yaml").value)
    app.text_area(key="rule_draft_yaml").set_value("title: [\n")
    assert "line 2" in page(settled(app.run()))
    app.text_input(key="rule_draft_name").set_value("../../etc/passwd")
    assert "name it" in page(settled(app.run()))


@pytest.mark.usefixtures("ruled")
def test_pasted_lines_become_a_rule(enter: Enter) -> None:
    app = settled(enter("prometheus", screen="draft"))
    app.text_input(key="rule_draft_name").set_value("authn_pasted_rule")
    line = '{"ts": "2026-11-22T07:00:00+07:00", "result": "failure", "reason": "otp_wrong", "user_name": "x"}'
    app.text_area(key="rule_draft_lines").set_value(line)
    app.session_state["rule_draft_pasting"] = True
    app = app.button(key="draft_paste_do").click().run()
    assert "otp_wrong" in str(app.text_area(key="rule_draft_samples").value)
    assert "author: 'prometheus'" in str(app.text_area(key="rule_draft_yaml").value)
    assert app.session_state["rule_draft_pasting"] is False


@pytest.mark.usefixtures("ruled")
def test_a_name_that_a_detector_has_is_told_and_taken_by_no_draft(enter: Enter, data_dir: Path) -> None:
    write_draft(data_dir, "authn_loud", rule(DRAFTED, "Guessing by draft"))
    app = settled(enter("prometheus", screen="draft", draft="authn_loud"))
    assert "a detector named `authn_loud` is there already, authn/authn_loud.yml" in page(app)
    assert "No patch: another detector" in page(app)
    assert not app.code
    app.text_area(key="rule_draft_lines").set_value('{"ts": "2026-11-22T07:00:00+07:00", "result": "failure"}')
    app = app.button(key="draft_paste_do").click().run()
    assert "Guessing by draft" in str(app.text_area(key="rule_draft_yaml").value)
    app.text_input(key="rule_draft_name").set_value("authn_shy")
    app = app.button(key="draft_save_do").click().run()
    assert "`authn_shy` is there already" in page(app)
    assert not (drafts_folder(data_dir) / "authn_shy.yml").exists()


@pytest.mark.usefixtures("ruled")
def test_an_id_that_another_draft_or_detector_has_is_told_and_not_saved(enter: Enter, data_dir: Path) -> None:
    write_draft(data_dir)
    app = settled(enter("prometheus", screen="draft", draft="authn_drafted"))
    assert "already belongs to" not in page(app)
    app.text_input(key="rule_draft_name").set_value("authn_second")
    assert "already belongs to authn_drafted.yml, “Guessing by draft”" in page(settled(app.run()))
    app = app.button(key="draft_save_do").click().run()
    assert "Not done: the id" in page(app)
    app.text_area(key="rule_draft_yaml").set_value(rule(LOUD, "Louder"))
    app = settled(app.button(key="draft_save_do").click().run())
    assert "already belongs to authn/authn_loud.yml, “Guessing at the door”" in page(app)
    assert not (drafts_folder(data_dir) / "authn_second.yml").exists()
    (drafts_folder(data_dir) / "authn_a_second.yml").write_text(rule(DRAFTED, "By hand"), encoding="utf-8")
    app = press(enter("prometheus", screen="rules", rule=DRAFTED), "rule_to_shadow")
    assert "Not done: the id" in page(app)
    assert "as the project" not in page(app)  # the licence of an agency's own draft is not ours to tell
    assert "drafts/authn_drafted.yml</code>" in page(enter("prometheus", screen="rules"))  # no line 0
    app = settled(enter("prometheus", screen="draft", copy=STRANGE))
    assert app.text_input(key="rule_draft_name").value == "web_strange"
    assert STRANGE not in str(app.text_area(key="rule_draft_yaml").value)  # theirs stays, and ours stands beside it


@pytest.mark.usefixtures("ruled")
def test_who_may_not_manage_rules_has_no_drafts(enter: Enter) -> None:
    app = enter("anong", screen="draft")
    assert "Your roles do not open this screen" in page(app)
    assert not app.text_area
