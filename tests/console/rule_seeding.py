"""Rules in every stage over a store as a busy day leaves it: hits, shadow, moves, proposals, a fault, hostile texts."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert

from warroom.access import Actor, Role
from warroom.bench import stages as deeds
from warroom.bench.drafts import drafts_folder
from warroom.bench.loaded import loaded_rules
from warroom.catalog import load_feeds
from warroom.catalog.stages import Stage
from warroom.detect import RuleFiles
from warroom.settings import ROOT
from warroom.store import feedstate
from warroom.store.database import now_us, raise_counter
from warroom.store.rules import loaded, proposals, stages
from warroom.store.rules.tables import rule_hits, shadow_alerts

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.store.database import State

HOUR: Final = 3_600_000_000
#: What a stranger's pull request may bring.
HOSTILE: Final = "<script>alert(1)</script>"
LOUD, SHY, STRANGE, EXCEPTION, DRAFTED = (f"{digit * 8}-0000-4000-8000-000000000000" for digit in "12345")
ENGINEER: Final = Actor("somying", frozenset({Role.DETECTION_ENGINEER}))

_RULE: Final = """
title: {title}
id: {id}
status: {status}
description: It finds what its title says
author: {author}
references: ['https://attack.mitre.org/techniques/T1110/', 'javascript:alert(1)']
date: 2026-11-01
tags: [attack.credential-access, attack.{technique}]
logsource: {{product: govplatform, service: authn}}
detection:
    selection: {{event.outcome: failure, {field}: x}}
    condition: selection
falsepositives: [An old password]
level: {level}
custom:
    title_th: {title_th}
    description_th: คำอธิบายของกฎ
    advice_th: ล็อกบัญชี
    advice_en: Lock the account
    ncsa_category: 1
    playbook: account_takeover
"""
_FILTER: Final = f"""
title: The scanner is ours
id: {EXCEPTION}
logsource: {{product: govplatform, service: authn}}
filter:
    rules: ['{LOUD}']
    selection: {{src_ip: 10.0.0.1}}
    condition: not selection
"""
SAMPLES: Final = """
format: jsonl
logsource: {product: govplatform, service: authn}
must_match:
    - why: a failure
      line: '{"ts": "$time", "result": "failure", "user_name": "x"}'
must_not_match:
    - why: a success
      line: '{"ts": "$time", "result": "success", "user_name": "x"}'
"""


def rule(rule_id: str, title: str, **told: str) -> str:
    """Write a rule."""
    given = {"status": "stable", "author": "War room project", "technique": "t1110.001", "field": "user_name"}
    given |= {"level": "high", "title_th": "กฎทดสอบ", **told}
    return _RULE.format(id=rule_id, title=title, **given)


def write_detectors(folder: Path) -> None:
    """Write rules: a loud one, one in shadow by its status, one of others with a hostile title, a filter, a fault."""
    texts = {
        "authn/authn_loud.yml": rule(LOUD, "Guessing at the door", title_th="เดารหัสผ่านที่ประตู"),
        "authn/authn_loud.samples.yaml": SAMPLES,
        "authn/authn_shy.yml": rule(SHY, "Guessing slowly", status="experimental", level="medium", technique="t1078"),
        "upstream/web/strange.yml": rule(STRANGE, f'"{HOSTILE}\\u202e"', author=f"'Eve {HOSTILE}'", technique="t1190"),
        "filters/authn_scanner.yml": _FILTER,
        "authn/authn_broken.yml": "title: broken\nlogsource: [\n",
        "upstream/UPSTREAM.json": '{"licence": "DRL-1.1", "files": {}}',
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def seed_rules(state: State, data_dir: Path, folder: Path, odd: str = HOSTILE) -> None:
    """Fill a store with what the rules of a folder did, ``odd`` is what strangers wrote.

    The first of our own by id was moved and put back, the second is in shadow and waits for a second person.
    """
    rules = RuleFiles([folder]).load(stages={})
    feeds, _ = load_feeds(ROOT / "feeds", data_dir)
    told = loaded_rules(rules, feeds, folder, {})
    loaded.tell(state, told)
    feedstate.tell_faults(state, rules.refused)
    titles = {one.rule_id: one.title for one in told if one.own and one.kind != "filter"}
    own = sorted(titles)
    now, dice = now_us(), random.Random(9)
    hour = now // HOUR
    rows = [
        {
            "rule_id": rule_id,
            "hour": hour - back,
            "stage": "shadow" if place % 4 == 1 else "production",
            "platform_id": "gdx" if back % 2 else "thaid",
            "alerts": dice.randint(1, 4 + 8 * (place % 3)),
            "events": dice.randint(5, 400),
            "last_at": (hour - back) * HOUR,
        }
        for place, rule_id in enumerate(own[:24])
        for back in range(0, 720, 2 + place % 5)
    ]
    seen = [
        {
            "alert_id": f"{number:064x}",
            "rule_id": own[1],
            "rule_title": "in shadow",
            "severity": "high",
            "platform_id": "gdx",
            "feed_id": "gdx_authn",
            "at": now - number * HOUR // 5,
            "first_at": now - number * HOUR // 5,
            "last_at": now,
            "count": 3 * number + 1,
            "entities": f'[["ip", "203.0.113.{number}"], ["user", "{odd}"]]',
            "event_ids": "[1]",
        }
        for number in range(12)
    ]
    with state.write("rules") as connection:
        connection.execute(insert(rule_hits), rows)
        connection.execute(insert(shadow_alerts), seen)
        for number, name in enumerate(own[:2]):
            sample = {
                "at": now - number * HOUR,
                "logsource": {"product": "govplatform", "service": "authn"},
                "columns": {"source_ip": "198.51.100.9", "event_outcome": "failure"},
                "fields": {"user_name": "x"},
                "masked": [],
            }
            found = proposals.Found(name, titles[name], number + 1, 900 + number, "gdx", "anong", [sample])
            proposals.add(connection, found, now - number * HOUR)
        raise_counter(connection, "content")
    deeds.move(state, ENGINEER, own[0], Stage.SHADOW, f"too loud at night {odd}")
    deeds.roll_back(state, ENGINEER, own[0], "it was a scan of ours")
    backtest = {"alerts": 42, "alerts_per_day_hundredths": 140, "events": 917}
    if next(one for one in told if one.rule_id == own[1]).default_stage != Stage.SHADOW:
        deeds.move(state, ENGINEER, own[1], Stage.SHADOW, "to be looked at first")
    deeds.propose(state, ENGINEER, own[1], "a week without a false alarm", backtest=backtest)


def in_shadow(state: State) -> str:
    """Give the rule that waits for a second person."""
    with state.read() as connection:
        return stages.proposals(connection)[0].rule_id


def write_draft(data_dir: Path, name: str = "authn_drafted", text: str = "", samples: str = SAMPLES) -> Path:
    """Put a draft among the drafts, as somebody at the machine would."""
    folder = drafts_folder(data_dir)
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yml").write_text(text or rule(DRAFTED, "Guessing by draft"), encoding="utf-8")
    (folder / f"{name}.samples.yaml").write_text(samples, encoding="utf-8")
    return folder / f"{name}.yml"
