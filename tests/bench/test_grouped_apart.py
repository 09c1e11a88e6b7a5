"""Correlations whose groups may have no name are told, and those whose events always have one are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from warroom.bench.grouped_apart import nameless
from warroom.detect import load_rules

RULES = """\
title: Counted
id: 5d5f0f3a-1111-4111-8111-111111111111
correlation:
    type: event_count
    rules: [one]
    group-by: [{by}]
    {aliases}
    timespan: 5m
    condition: {{gte: 10}}
level: low
---
title: One
id: 5d5f0f3a-2222-4111-8111-111111111111
name: one
logsource: {{product: {product}, service: {service}}}
detection:
    selection: {{{asked}}}
    none: {{gate: null}}
    condition: {condition}
"""


def lacking(folder: Path, *, by: str, asked: str = "event.outcome: failure", **told: str) -> list[tuple[str, ...]]:
    given = {"product": "govplatform", "service": "authn", "condition": "selection", "aliases": "", **told}
    file = folder / "authn_counted.yml"
    file.write_text(RULES.format(by=by, asked=asked, **given), encoding="utf-8")
    ruleset = load_rules([file])
    assert not ruleset.refused
    return [one.fields for one in nameless(ruleset, {str(file)})]


@pytest.mark.parametrize(
    ("by", "asked", "told"),
    [
        ("gate", "event.outcome: failure", [("gate",)]),
        ("user_id_hash, gate, door", "event.outcome: failure", [("gate", "door")]),
        ("src_ip", "event.outcome: failure", []),  # the kind of log holds it in every record
        ("source.ip", "event.outcome: failure", []),  # by any of its names
        ("platform_id", "event.outcome: failure", []),  # every event has it from us
        ("gate", "gate: [a, b]", []),
        ("gate", "gate|exists: true", []),
        ("gate", "gate: null", [("gate",)]),
    ],
)
def test_a_field_that_an_event_may_lack_is_told(
    by: str, asked: str, told: list[tuple[str, ...]], tmp_path: Path
) -> None:
    assert lacking(tmp_path, by=by, asked=asked) == told


@pytest.mark.parametrize(
    ("condition", "sure"),
    [("selection and not none", True), ("selection or none", False), ("not none", True), ("not selection", False)],
)
def test_what_the_condition_makes_sure_of(condition: str, sure: bool, tmp_path: Path) -> None:  # noqa: FBT001
    assert bool(lacking(tmp_path, by="gate", asked="door: x", condition=condition)) is not sure


def test_an_alias_stands_for_the_field_of_its_rule(tmp_path: Path) -> None:
    aliases = "aliases: {who: {one: gate}}"
    assert lacking(tmp_path, by="who", aliases=aliases) == [("gate",)]
    assert lacking(tmp_path, by="who", aliases=aliases, asked="gate: a") == []


def test_of_a_log_that_nobody_knows_nothing_is_sure(tmp_path: Path) -> None:
    assert lacking(tmp_path, by="src_ip", product="acme", service="door") == [("src_ip",)]
