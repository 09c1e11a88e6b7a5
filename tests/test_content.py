"""The detectors as they are shipped: every one loads, is named, told in two languages, and does what it says."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from warroom.bench.duplicates import duplicates
from warroom.detect import Detector, RuleSet, content, load_rules
from warroom.detect.content import CUSTOM, detector_files, faults_of, read_detectors, upstream_faults
from warroom.detect.samples import Source, failures, read_samples, rules_under_test, samples_of, with_envelope
from warroom.model import Alert
from warroom.parse import ParseContext, parse
from warroom.settings import ROOT

DETECTORS = ROOT / "detectors"
OWN = detector_files(DETECTORS)
FILTERS = [file for file in OWN if file.parent.name == "filters"]
UPSTREAM = json.loads((DETECTORS / "upstream" / "UPSTREAM.json").read_text(encoding="utf-8"))
HERE = Path(__file__).parent
GATEWAY = {"product": "govplatform", "service": "api_gw"}


@pytest.fixture(scope="module")
def everything() -> RuleSet:
    return load_rules([DETECTORS])


@pytest.fixture(scope="module")
def own() -> list[content.Detector]:
    """Give the project's own detectors and filters."""
    detectors, unreadable = read_detectors(OWN)
    assert unreadable == []
    return detectors


def test_every_rule_loads_without_a_refusal(everything: RuleSet) -> None:
    assert everything.refused == []
    files = {rule.file for rule in everything.rules} | {rule.file for rule in everything.correlations}
    files |= {one.file for rule in everything.rules for one in rule.filters}
    assert len(files) == len(OWN) + len([name for name in UPSTREAM["files"] if name.endswith(".yml")])


@pytest.mark.slow
def test_no_rule_of_ours_needs_the_slower_engine(everything: RuleSet) -> None:
    own = {str(file) for file in OWN}
    assert [(rule.file, text) for rule, text in everything.fallbacks() if rule.file in own] == []


def test_our_detectors_are_named_tagged_sampled_linked_and_told_in_two_languages(own: list[content.Detector]) -> None:
    assert faults_of(own) == []


def test_no_two_of_our_detectors_ask_the_same(everything: RuleSet) -> None:
    assert duplicates(everything, {str(file) for file in OWN}) == []


def test_our_ids_are_random_uuids_and_stand_once(own: list[content.Detector]) -> None:
    ids = Counter(document.data["id"] for detector in own for document in detector.documents)
    assert [found for found, count in ids.items() if count > 1] == []
    assert {uuid.UUID(found).version for found in ids} == {4}


def test_thai_texts_are_thai(own: list[content.Detector]) -> None:
    for detector in own:
        for key in CUSTOM[:2] if detector.is_filter else CUSTOM:
            thai = any("\u0e00" <= char <= "\u0e7f" for char in detector.custom[key])
            assert thai == key.endswith("_th"), f"{detector.file.name}: {key}"


def test_every_note_of_false_positives_stands_in_thai_too(own: list[content.Detector]) -> None:
    told = {one.file.name: one.alerting.data for one in own if not one.is_filter}
    lacking = [name for name, data in told.items() if not _as_many_in_thai(data)]
    assert lacking == []


def _as_many_in_thai(data: dict[str, Any]) -> bool:
    """Whether there is a Thai note for each of Sigma's own, which are English: letters of each, and no two alike."""
    english, thai = data["falsepositives"], data["custom"].get("falsepositives_th") or []
    are_thai = all(isinstance(one, str) and sum("\u0e00" <= char <= "\u0e7f" for char in one) > 5 for one in thai)
    return are_thai and len(set(thai)) == len(thai) == len(english) > 0


@pytest.mark.parametrize("file", OWN, ids=[file.stem for file in OWN])
def test_a_detector_matches_what_it_must_and_nothing_it_must_not(file: Path, request: pytest.FixtureRequest) -> None:
    samples = read_samples(samples_of(file))
    assert {case.expected for case in samples.cases} == {True, False}
    rules = rules_under_test(file, DETECTORS, lambda: request.getfixturevalue("everything"))
    assert [str(fault) for fault in failures(samples, rules)] == []


def test_the_rules_of_others_are_unmodified() -> None:
    assert upstream_faults(DETECTORS) == []
    assert len(UPSTREAM["commit"]) == 40
    assert not [name for name in UPSTREAM["left_out"] if (DETECTORS / "upstream" / name).exists()]


@pytest.mark.parametrize("file", FILTERS, ids=[file.stem for file in FILTERS])
def test_a_filter_leaves_out_what_its_rules_would_raise_without_it(file: Path, everything: RuleSet) -> None:
    samples = read_samples(samples_of(file))
    named = {rule.file for rule in rules_under_test(file, DETECTORS, lambda: everything).rules}
    quiet = [case for case in samples.cases if not case.expected]
    bare = load_rules([Path(name) for name in named])
    assert len(list(failures(samples, bare))) == len(quiet) > 0


@pytest.mark.slow
def test_ordinary_traffic_raises_nothing_at_medium_or_above(everything: RuleSet) -> None:
    lines = (HERE / "samples" / "ordinary_web" / "apache_access.log").read_bytes().splitlines()
    source = Source("apache", "UTC", {"product": "apache", "category": "webserver"})
    loud = [alert for alert in alerts(everything, lines, source) if alert.severity.rank >= 2]
    assert [(alert.rule_title, alert.count) for alert in loud] == []


def test_an_attack_on_the_api_gateway_is_found_by_the_rules_for_web_servers() -> None:
    rules = load_rules([DETECTORS / "webserver" / "webserver_sql_injection.yml"])
    source = Source("jsonl", "UTC", GATEWAY)
    calls = [
        b'{"ts":"2026-11-21T02:00:00Z","client_id":"a","api":"/v1/citizens?id=1%20UNION%20SELECT%20null,null","status":200}',
        b'{"ts":"2026-11-21T02:00:01Z","client_id":"a","api":"/v1/citizens?id=1","status":200}',
    ]
    assert [alert.count for alert in alerts(rules, calls, source)] == [1]


def alerts(rules: RuleSet, lines: list[bytes], source: Source) -> list[Alert]:
    context = ParseContext(source.format, source.timezone, datetime(2026, 11, 21, 3, tzinfo=UTC))
    parsed = parse(pa.array(lines, pa.binary()), context)
    assert parsed.rejects == []
    return Detector(rules).detect(with_envelope(parsed.events, source), drill=False).alerts
