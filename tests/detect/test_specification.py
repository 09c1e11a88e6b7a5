"""Every example document of the specification loads; each mutant of one is refused with file, line and remedy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from warroom.detect import RuleSet, load_rules

SAMPLES = Path(__file__).parents[1] / "samples" / "sigma_specification"
EXAMPLES = sorted(
    path.relative_to(SAMPLES) for kind in ("rules", "correlation", "filter") for path in SAMPLES.glob(f"{kind}/*")
)
RULE, SECOND, COUNT = "rules/rule_1.yml", "rules/whoami_execution.yml", "correlation/event_count.yml"
VALUES, ORDER, FILTER = "correlation/value_count.yml", "correlation/temporal.yml", "filter/filter_1.yml"
CHAIN = "correlation/failed_then_successful_login.yml"
SELECTION = "Provider_Name: 'Application Error'"

#: (example, what is written there, what instead, the text on whose line the fault is told, what the reason says).
MUTANTS = [
    (RULE, "title: A Title\n", "", "id: 545", "`title` is missing"),
    (RULE, "title: A Title", "title: [A, Title]", "title:", "`title` is a text"),
    (RULE, "title: A Title", f"title: {'A' * 257}", "title:", "longer than 256"),
    (RULE, "id: 545a5da6", "id: 545a5da", "id: 545", "is no UUID"),
    (RULE, "      type: similar", "      type: cousin", "type: cousin", "there is no relation `cousin`"),
    (RULE, "    - id: 6c82cf5c", "    - id: 6c82", "    - id:", "is no UUID"),
    (RULE, "status: test", "status: tested", "status:", "did you mean `test`?"),
    (RULE, "level: high", "level: hi", "level:", "there is no level `hi`"),
    (RULE, "level: high", "level: 3", "level:", "there is no level `3`"),
    (RULE, "date: 2017-05-09", "date: 2017/05/09", "date: 2017", "is no date: write it as"),
    (RULE, "date: 2017-05-09", "date: 2017-13-09", "date: 2017", "looks like a number or a date and is none"),
    (RULE, "modified: 2023-04-14", "modified: yesterday", "modified:", "is no date"),
    (RULE, "    - attack.t1211", "    - T1211", "    - T1211", "not of the form namespace.name"),
    (RULE, "    - a string", "    - 5", "    - 5", "`falsepositives` lists texts"),
    (RULE, "    - https://123.456", "    - {a: b}", "    - {a: b}", "`references` lists texts"),
    (RULE, "logsource:\n    product: windows\n    service: application\n", "", "title:", "`logsource` is missing"),
    (RULE, "    product: windows\n    service: application\n", "    definition: x\n", "logsource:", "says nothing"),
    (
        RULE,
        "    service: application",
        "    service: [application]",
        "service:",
        "`service` of the log source is a text",
    ),
    (RULE, "    condition: selection\n", "", "detection:", "`condition` is missing"),
    (RULE, "condition: selection", "condition: selction", "condition:", "did you mean `selection`?"),
    (RULE, "condition: selection", "condition: selection and", "condition:", "a search is missing"),
    (RULE, "condition: selection", "condition: (selection", "condition:", "a bracket is not closed"),
    (RULE, "condition: selection", "condition: selection selection", "condition:", "`and` or `or` is missing"),
    (RULE, "condition: selection", "condition: selection | count() > 5", "condition:", "write a correlation"),
    (RULE, "condition: selection", "condition: 1 of filter_*", "condition:", "refers to no search"),
    (RULE, "condition: selection", "condition: {selection: true}", "condition:", "`condition` is a text"),
    (RULE, f"        {SELECTION}\n", "", "    selection:", "a keyword is a text"),
    (RULE, SELECTION, "Provider_Name|contain: x", "|contain", "did you mean `contains`?"),
    (RULE, SELECTION, "Provider_Name|re: '(a'", "|re", "is not valid: missing )"),
    (RULE, SELECTION, "Provider_Name|cidr: 10.0.0.1/8", "|cidr", "is no network (10.0.0.1/8 has host bits set)"),
    (RULE, SELECTION, "Provider_Name|gte: many", "|gte", "`gte` needs a number"),
    (RULE, SELECTION, "Provider_Name|exists: maybe", "|exists", "`exists` is true or false"),
    (RULE, SELECTION, "Provider_Name|minute: 60", "|minute", "a whole number from 0 to 59"),
    (RULE, SELECTION, "Provider_Name|re|startswith: a", "|re", "`startswith` does not go with `re`"),
    (RULE, SELECTION, "Provider_Name|i: a", "|i", "write `re|i`"),
    (RULE, SELECTION, "Provider_Name|base64: 'a*'", "|base64", "a wildcard cannot be encoded"),
    (RULE, SELECTION, "Provider_Name|fieldref: 'a*'", "|fieldref", "names one field, without wildcards"),
    (RULE, SELECTION, "Provider_Name|expand: '%unknown%'", "|expand", "%unknown% has no values: write a line"),
    (RULE, SELECTION, "Provider_Name|contains: 5", "|contains", "`contains` needs a text, not a number"),
    (RULE, SELECTION, "Provider_Name: {a: b}", "Provider_Name", "not a map"),
    (RULE, SELECTION, "Provider_Name: 2026-11-22", "Provider_Name", "put it in quotes"),
    (RULE, SELECTION, "4688: x", "4688", "a field is a text"),
    (RULE, SELECTION, f"{SELECTION}\n        Provider_Name: x", "Provider_Name: x", "stands twice"),
    (RULE, "detection:", "detections:", "title:", "neither `detection`"),
    (RULE, "level: high", "level: high\nfilter: {}", "filter:", "in one document"),
    (SECOND, "Image: '", 'Image: "', "Image:", "not valid YAML"),
    (COUNT, "type: event_count", "type: event_counts", "type:", "did you mean `event_count`?"),
    (COUNT, "timespan: 1h", "timespan: soon", "timespan:", "such as 90m"),
    (COUNT, "timespan: 1h", "timespan: 0s", "timespan:", "greater than zero"),
    (COUNT, "gte: 100", "gte: many", "gte:", "is no number"),
    (COUNT, "    condition:\n        gte: 100", "", "correlation:", "needs a `condition`"),
    (COUNT, "- 5638f7c0", "- 5638f7c1", "- 5638f7c1", "is no loaded rule"),
    (COUNT, "    rules:\n        - 5638f7c0-ac70-491d-8465-2a65075e0d86\n", "", "correlation:", "name at least one"),
    (COUNT, "id: 0e95725d", "id: x0e95725d", "id: x", "is no UUID"),
    (
        COUNT,
        "title: Many failed logins",
        "title: Many failed logins\nlevel: none",
        "level:",
        "there is no level `none`",
    ),
    (VALUES, "        field: User\n", "", "    condition:", "needs `field`"),
    (ORDER, "        - recon_cmd_c", "        - recon_cmd_d", "- recon_cmd_d", "is no loaded rule"),
    (CHAIN, "name: failed_login", "name: failed_logins", "        - failed_login", "is no loaded rule"),
    (
        FILTER,
        "logsource:\n    category: process_creation\n    product: windows\n",
        "",
        "title:",
        "`logsource` is missing",
    ),
    (FILTER, "    product: windows", "    product: linux", "        - 6f3e2987", "does not hold that of"),
    (FILTER, "        - 6f3e2987", "        - 6f3e2988", "        - 6f3e2988", "is no loaded rule"),
    (FILTER, "condition: selection", "condition: selections", "condition:", "did you mean `selection`?"),
    (FILTER, "    condition: selection", "", "filter:", "`condition` is missing"),
    (FILTER, "        User|startswith: 'adm_'", "        User|start: 'adm_'", "|start:", "unknown modifier `start`"),
]


def load(folder: Path, example: str | Path, text: str | None = None) -> RuleSet:
    """Load one example with what it refers to, in a file of its own."""
    source = SAMPLES / example
    shutil.copy(SAMPLES / ("referred_to_ecs.yml" if source.name == "filter_ecs.yml" else "referred_to.yml"), folder)
    file = folder / source.name
    file.write_text(source.read_text(encoding="utf-8") if text is None else text, encoding="utf-8")
    return load_rules([folder])


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_every_example_loads(example: Path, tmp_path: Path) -> None:
    rules = load(tmp_path, example)
    assert rules.refused == []
    file = str(tmp_path / example.name)
    loaded = [one for one in (*rules.rules, *rules.correlations) if one.file == file]
    tuned = [rule for rule in rules.rules if any(one.file == file for one in rule.filters)]
    assert len(loaded) == (SAMPLES / example).read_text(encoding="utf-8").count("title:") - (
        example.parts[0] == "filter"
    )
    assert len(tuned) == (2 if example.parts[0] == "filter" else 0)


@pytest.mark.parametrize(("example", "old", "new", "place", "reason"), MUTANTS)
def test_a_mutant_is_refused_with_line_and_reason(
    tmp_path: Path, example: str, old: str, new: str, place: str, reason: str
) -> None:
    text = (SAMPLES / example).read_text(encoding="utf-8")
    assert old in text
    text = text.replace(old, new, 1)
    refused = load(tmp_path, example, text).refused
    told = [fault for fault in refused if reason in fault.reason and fault.file == str(tmp_path / Path(example).name)]
    assert told, refused
    assert len(told[0].reason) > 10
    assert told[0].line == next(number for number, line in enumerate(text.splitlines(), 1) if place in line), told


def test_there_are_forty_mutants_and_more() -> None:
    assert len(MUTANTS) >= 40
