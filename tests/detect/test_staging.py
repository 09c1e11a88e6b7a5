"""Which rules run in their stages, and that what runs means the same as before."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import pytest
from detect import events as making
from detect.counting import Log, Seen, batches, correlation, total
from hypothesis import given, settings
from hypothesis import strategies as st
from making import MANY_RULE, UNION_RULE

from warroom.catalog.stages import Stage
from warroom.detect import Detector, RuleFiles, RuleSet
from warroom.detect.staging import is_own, stages_of
from warroom.model import Alert

MANY, OUTER, BASE, ALONE, HUSHED = (f"00000000-0000-4000-8000-00000000000{letter}" for letter in "abcde")
LOUD: Final = (MANY, OUTER, ALONE, HUSHED)
LOG: Final[Log] = [
    Seen(second, f"192.0.2.{second % 2}", kind="y" if second % 5 == 1 else "z" if second % 5 == 2 else "x")
    for second in range(40)
]


def whole() -> RuleSet:
    """A silent rule below a correlation, which alerts and is counted by another one; two rules of their own."""
    return making.ruleset(
        {"id": BASE, "name": "x", "detection": {"s": {"kind": "x"}, "condition": "s"}},
        {"id": ALONE, "title": "Alone", "detection": {"s": {"kind": "y"}, "condition": "s"}},
        {"id": HUSHED, "title": "Counted", "name": "z", "detection": {"s": {"kind": "z"}, "condition": "s"}},
        correlation("event_count", {"gte": 2}, id=MANY, name="many", rules=["x"]),
        correlation("event_count", {"gte": 1}, id=OUTER, title="Outer", rules=["many", "z"], generate=True),
    )


def alerts_of(ruleset: RuleSet) -> list[Alert]:
    detector = Detector(ruleset)
    return [
        *(one for batch in batches(LOG, [9]) for one in detector.detect(batch, drill=False).alerts),
        *detector.finish(),
    ]


@settings(max_examples=20, deadline=None)
@given(st.dictionaries(st.sampled_from(LOUD), st.sampled_from(Stage)))
def test_what_runs_raises_just_what_it_raised_with_all_others(stages: dict[str, Stage]) -> None:
    staged = whole().staged(stages)
    running = {name for name in LOUD if stages.get(name, Stage.PRODUCTION) in {Stage.SHADOW, Stage.PRODUCTION}}
    every = alerts_of(whole())
    assert {one.rule_id for one in every} == set(LOUD)
    assert total(alerts_of(staged)) == total([one for one in every if one.rule_id in running])
    assert staged.shadow == {name for name, stage in stages.items() if stage is Stage.SHADOW}
    assert len(staged.whole.rules) == len(whole().rules)


def test_what_serves_a_retired_correlation_goes_with_it_and_what_serves_another_stays() -> None:
    gone = whole().staged({MANY: Stage.RETIRED, OUTER: Stage.DRAFT})
    assert [one.id for one in gone.rules] == [ALONE, HUSHED]
    assert gone.correlations == ()
    kept = whole().staged({MANY: Stage.RETIRED, HUSHED: Stage.RETIRED})
    assert [one.id for one in kept.rules] == [BASE, ALONE, HUSHED]
    assert [(one.id, one.silent) for one in kept.correlations] == [(MANY, True), (OUTER, False)]
    assert {kept.rules[place].id for place in kept.silent} == {BASE, HUSHED}


def test_a_rule_that_only_serves_has_no_stage_of_its_own() -> None:
    assert whole().staged({BASE: Stage.RETIRED}).rules == whole().rules


def test_windows_go_on_when_a_rule_goes_into_shadow_or_out_of_it() -> None:
    first, second = batches(LOG, [9])
    old, new = Detector(whole().staged({MANY: Stage.SHADOW})), Detector(whole())
    alerts = old.detect(first, drill=False).alerts
    assert new.take_over(old)
    alerts += new.detect(second, drill=False).alerts + new.finish()
    assert total(alerts) == total(alerts_of(whole()))


@pytest.mark.parametrize(
    ("status", "file", "stage"),
    [
        ("experimental", "web/a.yml", "shadow"),
        ("test", "web/a.yml", "production"),
        ("", "web/a.yml", "production"),
        ("deprecated", "web/a.yml", "retired"),
        ("experimental", "upstream/web/a.yml", "production"),
        ("experimental", "upstream/rules.tar.gz:web/a.yml", "production"),
    ],
)
def test_nobody_set_a_stage(tmp_path: Path, status: str, file: str, stage: str) -> None:
    (rule,) = making.ruleset(
        {"id": ALONE, "status": status or "test", "detection": {"s": {"a": "b"}, "condition": "s"}}
    ).rules
    object.__setattr__(rule, "status", status)
    object.__setattr__(rule, "file", f"{tmp_path}/{file}")
    assert stages_of([rule], {}, tmp_path) == {ALONE: stage}
    assert stages_of([rule], {ALONE: "retired"}, tmp_path) == {ALONE: Stage.RETIRED}
    assert stages_of([rule], {ALONE: "written by somebody else"}, tmp_path) == {ALONE: stage}
    assert is_own(rule.file, tmp_path) == ("upstream" not in file)


FILTER: Final = """\
title: Not from the scanner
id: 44444444-4444-4444-8444-444444444444
logsource: {category: webserver}
filter:
    rules: any
    selection:
        c-ip: 192.0.2.1
    condition: not selection
"""


def folder_with(tmp_path: Path, **files: str) -> Path:
    folder = tmp_path / "detectors"
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    return folder


def test_files_are_loaded_in_their_stages_and_again_in_others(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, one=UNION_RULE, two=MANY_RULE, three=FILTER)
    files = RuleFiles([folder], tmp_path / "cache")
    union, many, single, no = (f"{digit * 8}-{digit * 4}-4{digit * 3}-8{digit * 3}-{digit * 12}" for digit in "1234")
    everything = files.load({})
    assert {one.id for one in everything.rules} == {union, single}
    assert all(one.filters for one in everything.rules)
    for again in range(2):
        part = (files if again else RuleFiles([folder], tmp_path / "cache")).load({many: "retired", no: "shadow"})
        assert [one.id for one in part.rules] == [union]
        assert not part.rules[0].filters
        assert len(part.compiled.form.fields) > 0
    assert {one.id for one in files.load().rules} == {union, single}  # nobody asks for stages: all of them


def test_a_draft_runs_only_as_it_was_approved(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, one=UNION_RULE)
    draft = tmp_path / "draft.yml"
    draft.write_text(MANY_RULE, encoding="utf-8")
    digest = hashlib.sha256(MANY_RULE.encode()).hexdigest()
    files = RuleFiles([folder], tmp_path / "cache")
    assert len(files.load({}, {draft: digest}).rules) == 2
    draft.write_text(MANY_RULE.replace("gte: 10", "gte: 100000"), encoding="utf-8")
    loaded = files.load({}, {draft: digest})
    assert len(loaded.rules) == 1
    assert [(fault.file, "approved" in fault.reason) for fault in loaded.refused] == [(str(draft), True)]
