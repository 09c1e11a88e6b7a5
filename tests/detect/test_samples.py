from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from warroom.detect.load import load_rules
from warroom.detect.samples import alerts_of, failures, read_samples
from warroom.errors import ContentError

#: Ten refusals at a platform, then root signs in on a host from the same address.
RULES = """
title: Refused at a Platform, Root on a Host
id: 5a0d8e61-8f0b-4f0e-9d0d-0d4f9a6a4c11
correlation:
    type: temporal_ordered
    rules: [refused, root]
    group-by: [source.ip]
    timespan: 10m
level: high
---
title: Refused
id: 5a0d8e61-8f0b-4f0e-9d0d-0d4f9a6a4c12
name: refused
logsource: {product: govplatform, service: authn}
detection: {a: {event.outcome: failure}, condition: a}
---
title: Root
id: 5a0d8e61-8f0b-4f0e-9d0d-0d4f9a6a4c13
name: root
logsource: {product: linux, service: sshd}
detection: {a: [Accepted], condition: a}
"""
HEAD = """
format: jsonl
logsource: {product: govplatform, service: authn}
"""
REFUSED = """line: '{"ts": "$time", "user_id_hash": "u$n", "result": "fail", "src_ip": "203.0.113.9"}'"""
ROOT = """line: '$time h sshd[4]: Accepted password for root from 203.0.113.9 port 50122 ssh2'
            format: syslog
            logsource: {product: linux, service: sshd}"""
SAMPLES = f"""{HEAD}
must_match:
    - why: first the one, then the other
      events:
          - {ROOT}
            after: 1m
          - {REFUSED}
            times: 3
            every: 2s
must_not_match:
    - why: the other way round
      events:
          - {REFUSED}
            after: 1m
          - {ROOT}
    - why: too long between
      events:
          - {REFUSED}
          - {ROOT}
            after: 1h
"""


def written(folder: Path, rules: str, samples: str) -> Path:
    (folder / "a_b.yml").write_text(rules, encoding="utf-8")
    (folder / "a_b.samples.yaml").write_text(samples, encoding="utf-8")
    return folder / "a_b.yml"


def test_events_of_several_sources_are_merged_by_time_and_meet_one_detector(tmp_path: Path) -> None:
    rule = written(tmp_path, RULES, SAMPLES)
    samples = read_samples(rule.with_name("a_b.samples.yaml"))
    first, second, _ = samples.cases
    assert [(run.source.format, len(run.lines)) for run in first.runs] == [("jsonl", 3), ("syslog", 1)]
    assert [run.source.format for run in second.runs] == ["syslog", "jsonl"]
    assert first.ends_at == datetime(2026, 11, 21, 2, 1, tzinfo=UTC)
    assert first.runs[0].lines[1].startswith('{"ts": "2026-11-21T02:00:02.000000+00:00", "user_id_hash": "u2"')
    assert list(failures(samples, load_rules([rule]))) == []
    (alert,) = alerts_of(first, load_rules([rule]))
    assert alert.count == 4


def test_what_waits_for_late_events_is_asked_at_the_end_of_a_case(tmp_path: Path) -> None:
    rules = RULES.replace("temporal_ordered", "event_count").replace("[refused, root]", "[refused]")
    rules = rules.replace("timespan: 10m", "timespan: 10m\n    condition: {lt: 2}")
    samples = f"{HEAD}must_match: [{{why: one alone, {REFUSED}}}]\nmust_not_match:\n    - why: two\n      events:\n"
    samples += f"          - {REFUSED}\n            times: 2\n            every: 0s\n"
    rule = written(tmp_path, rules, samples)
    assert list(failures(read_samples(rule.with_name("a_b.samples.yaml")), load_rules([rule]))) == []


@pytest.mark.parametrize(
    ("log_format", "line", "expected"),
    [
        ("auditd", "audit($time:1)", "audit(1795226400.000:1)"),
        ("nginx", "[$time]", "[21/Nov/2026:02:00:00 +0000]"),
        ("cloudtrail", "$time", "2026-11-21T02:00:00.000000+00:00"),
        ("iis", "$time", "2026-11-21 02:00:00"),
    ],
)
def test_times_are_written_as_the_format_does(tmp_path: Path, log_format: str, line: str, expected: str) -> None:
    case = f"[{{why: it, line: '{line}'}}]"
    text = f"format: {log_format}\nlogsource: {{product: x}}\nmust_match: {case}\nmust_not_match: {case}\n"
    rule = written(tmp_path, RULES, text)
    assert read_samples(rule.with_name("a_b.samples.yaml")).cases[0].runs[0].lines == (expected,)


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("after: 1m", "after: soon", 11, "`after` must be a time such as 50ms"),
        ("after: 1m", "afterwards: 1m", 11, "unknown key `afterwards`: use line, times, every, after"),
        ("format: syslog", "format: morse", 9, "`format` must be one of"),
        ("product: linux, service: sshd", "shop: sshd", 10, "`logsource` needs"),
    ],
)
def test_a_faulty_entry_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, reason: str) -> None:
    rule = written(tmp_path, RULES, SAMPLES.replace(old, new, 1))
    with pytest.raises(ContentError) as problem:
        read_samples(rule.with_name("a_b.samples.yaml"))
    assert problem.value.fault.line == line
    assert reason in problem.value.fault.reason
