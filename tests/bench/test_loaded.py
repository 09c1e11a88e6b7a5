"""What of a rule set is told to the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from warroom.bench.loaded import loaded_rules
from warroom.detect import load_rules

RULES = """title: Single
id: 11111111-1111-4111-8111-000000000001
name: single
status: test
tags: [attack.t1190]
logsource: {{category: webserver}}
detection: {{a: {{cs-method: PUT}}, condition: a}}
level: low
custom: {custom}
---
title: Many
id: 11111111-1111-4111-8111-000000000002
status: experimental
correlation: {{type: event_count, rules: [single], group-by: [c-ip], timespan: 1m, condition: {{gte: 5}}}}
level: high
custom: {{title_th: มาก, ncsa_category: 7}}
"""


@pytest.mark.parametrize(
    ("custom", "named"),
    [
        ("{ncsa_category: 5}", 5),
        ("{}", None),
        ("[5]", None),
        ("{ncsa_category: true}", None),
        ("{ncsa_category: '5'}", None),
        ("{ncsa_category: 5.0}", None),
    ],
)
def test_each_rule_that_raises_alerts_is_told_with_the_category_that_it_names(
    tmp_path: Path, custom: str, named: int | None
) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "a.yml").write_text(RULES.format(custom=custom), encoding="utf-8")
    rules = load_rules([tmp_path])
    assert not rules.refused
    found = {one.title: one for one in loaded_rules(rules, [], tmp_path, {})}
    many = found["Many"]
    assert [*found] == ["Many"], "what only serves others raises nothing by itself"
    assert (many.ncsa_category, many.kind, many.default_stage) == (7, "event_count", "shadow")
    assert many.logsource == ((None, "webserver", None),)
    assert many.title_th == "มาก"
    (alone,) = [one for one in rules.rules if one.title == "Single"]
    assert alone.ncsa_category == named
