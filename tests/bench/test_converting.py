from __future__ import annotations

from pathlib import Path

import pytest
from sigma.backends.test.backend import TextQueryTestBackend

from warroom.bench import converting
from warroom.bench.converting import Converter
from warroom.detect.content import Detector, read_detectors
from warroom.errors import UsageError

HEAD = "id: 5a0d8e61-8f0b-4f0e-9d0d-0d4f9a6a4c{0:02}\nlevel: high\n"
RULE = f"title: Rule\n{HEAD.format(1)}logsource: {{product: x}}\n"
PLAIN = f"{RULE}detection: {{a: {{user|startswith: adm, n|gte: 3}}, condition: a}}\ncustom: {{title_th: ก}}\n"
FILTER = f"""title: Filter
{HEAD.format(2)}logsource: {{product: x}}
filter: {{rules: [5a0d8e61-8f0b-4f0e-9d0d-0d4f9a6a4c01], selection: {{user: admin-1}}, condition: not selection}}
"""


def correlation(kind: str, condition: str, more: str = "") -> str:
    body = f"type: {kind}, rules: [base], group-by: [who], timespan: 5m, condition: {condition}"
    base = "title: Base\nname: base\nlogsource: {product: x}\ndetection: {a: {b: c}, condition: a}\n"
    return f"title: Many\n{HEAD.format(3)}correlation: {{{body}}}\n{more}---\n{base}{HEAD.format(4)}"


@pytest.fixture(autouse=True)
def _one_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    """PySigma's own backend for tests, as if it were installed."""
    monkeypatch.setattr(converting, "installed", lambda: {"trial": TextQueryTestBackend})


def detector(folder: Path, text: str) -> Detector:
    file = folder / "x_rule.yml"
    file.write_text(text, encoding="utf-8")
    ((found,), faults) = read_detectors([file])
    assert faults == []
    return found


def converter(**values: tuple[str, ...]) -> Converter:
    return Converter("trial", [], "default", values)


def test_a_rule_becomes_a_query_with_its_filters(tmp_path: Path) -> None:
    tuned = detector(tmp_path, FILTER).documents
    plain = detector(tmp_path, PLAIN)
    (query,) = converter().convert(plain, []).queries
    assert "user startswith" in query
    assert "admin-1" not in query
    (query,) = converter().convert(plain, tuned).queries
    assert 'not user="admin-1"' in query


def test_placeholders_stand_for_what_they_do_here(tmp_path: Path) -> None:
    asked = detector(tmp_path, f"{RULE}detection: {{a: {{user|expand: '%Admins%'}}, condition: a}}\n")
    (query,) = converter(Admins=("root", "adm_*")).convert(asked, []).queries
    assert '("root", "adm_*")' in query
    assert converter().convert(asked, []).refused


def test_a_correlation_counts_in_the_query(tmp_path: Path) -> None:
    (query,) = converter().convert(detector(tmp_path, correlation("event_count", "{gte: 10}")), []).queries
    assert "10" in query


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (correlation("event_count", "{gte: 1}", "custom: {baseline: {times: 3}}\n"), "only the war room has learnt"),
        (correlation("value_percentile", "{field: v, lt: 1}"), "only the war room's engine counts"),
        (PLAIN.replace("startswith", "nosuch"), "the target cannot say it"),
    ],
)
def test_what_a_target_cannot_say_is_refused_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    found = converter().convert(detector(tmp_path, text), [])
    assert found.queries == ()
    assert reason in found.refused


@pytest.mark.parametrize(
    ("target", "pipelines", "output_format", "reason"),
    [
        ("splunk", [], "default", ".venv/bin/python -m pip install pysigma-backend-splunk"),
        ("opensearch", [], "default", ".venv/bin/python -m pip install pysigma-backend-opensearch"),
        ("nosuch", [], "default", "there is no target 'nosuch': installed are trial"),
        ("trial", [], "nosuch", "has no format 'nosuch': use one of default"),
        ("trial", ["nosuch.yml"], "default", "a pipeline cannot be used"),
    ],
)
def test_what_is_missing_is_told(target: str, pipelines: list[str], output_format: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason.replace("(", r"\(")):
        Converter(target, pipelines, output_format, {})
