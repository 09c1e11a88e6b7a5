"""The catalogue of detectors: what it lists, what it is found by, and what a document tells people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.bench.catalogue import (
    DRAFT,
    FILTER,
    OTHERS,
    OWN,
    Entry,
    entries_of,
    filter_draft,
    filters_of,
    source_name,
    text_of,
    told_by,
    told_of,
)
from warroom.detect import LogSource, load_rules
from warroom.model import Severity

RULE = """
title: Guessing at the door
id: 11111111-1111-4111-8111-111111111111
status: experimental
description: <b>Many</b> tries
author: Somebody <script>
license: MIT
date: 2026-11-01
references: [https://example.org/a]
logsource: {product: govplatform, service: authn}
detection:
    selection: {event.outcome: failure, action|contains: [login]}
    filter_known: {user_id_hash: 'x'}
    condition: selection and not filter_known
falsepositives: [Old password]
level: high
tags: [attack.credential-access, attack.t1110.001]
custom:
    title_th: เดารหัสผ่าน
    description_th: ลองหลายครั้ง
    advice_th: ล็อกบัญชี
    advice_en: Lock it
    falsepositives_th: [รหัสผ่านเก่า]
    playbook: account_takeover
    ncsa_category: 1
"""
COUNTED = """
title: Many guesses
id: 22222222-2222-4222-8222-222222222222
correlation:
    type: value_count
    rules: [tried]
    group-by: [src_ip]
    timespan: 5m
    condition: {field: device_id, gte: 3}
level: medium
---
title: Tried
id: 33333333-3333-4333-8333-333333333333
name: tried
logsource: {service: sshd}
detection: {selection: {action: login}, condition: selection}
level: low
"""
EXCEPTION = """
title: The scanner is ours
id: 44444444-4444-4444-8444-444444444444
logsource: {product: govplatform}
filter:
    rules: [11111111-1111-4111-8111-111111111111]
    selection: {src_ip: 10.0.0.1}
    condition: not selection
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue") / "detectors"
    for name, text in (
        ("authn/authn_guess.yml", RULE),
        ("upstream/many.yml", COUNTED),
        ("filters/authn_ours.yml", EXCEPTION),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def entries(folder: Path) -> tuple[Entry, ...]:
    return entries_of(load_rules([folder]), folder)


def test_own_rules_come_first_and_what_only_serves_is_no_entry(entries: tuple[Entry, ...]) -> None:
    assert [(one.title, one.origin, one.kind) for one in entries] == [
        ("Guessing at the door", OWN, "rule"),
        ("Many guesses", OTHERS, "value_count"),
    ]
    assert entries[0].severity is Severity.HIGH
    assert entries[0].named("th") == "เดารหัสผ่าน"
    assert entries[1].named("th") == "Many guesses"


def test_filters_are_listed_apart_with_what_they_tune(folder: Path) -> None:
    (one,) = filters_of(load_rules([folder]), folder)
    assert (one.kind, one.title, one.members) == (FILTER, "The scanner is ours", ("Guessing at the door",))
    assert "guessing" in one.found_by
    assert filter_draft("x", "Mine", folder / "a.yml").origin == DRAFT


def test_a_rule_tells_its_fields_sources_and_what_tunes_it(entries: tuple[Entry, ...]) -> None:
    guess, many = entries
    assert set(guess.fields) >= {"event.outcome", "action", "user_id_hash"}
    assert guess.sources == (LogSource("govplatform", None, "authn"),)
    assert [one.title for one in guess.filters] == ["The scanner is ours"]
    assert many.members == ("Tried",)
    assert set(many.fields) == {"action", "src_ip", "device_id"}
    assert [source_name(one) for one in many.sources] == ["sshd"]


@pytest.mark.parametrize("word", ["เดารหัส", "GUESSING", "1111-4111", "t1110.001", "user_id", "authn", "somebody"])
def test_a_rule_is_found_by_what_people_know_of_it(entries: tuple[Entry, ...], word: str) -> None:
    assert [one.id[:4] for one in entries if word.casefold() in one.found_by][:1] == ["1111"]


def test_a_document_tells_people(entries: tuple[Entry, ...]) -> None:
    told = told_of(entries[0])
    assert (told.status, told.licence, told.date, told.playbook, told.ncsa_category) == (
        *("experimental", "MIT", "2026-11-01", "account_takeover", 1),
    )
    assert told.advice == {"en": "Lock it", "th": "ล็อกบัญชี"}
    assert told.falsepositives == {"en": ("Old password",), "th": ("รหัสผ่านเก่า",)}
    assert (told.notes("th"), told.notes("en")) == (("รหัสผ่านเก่า",), ("Old password",))
    assert replace(told, falsepositives={"en": ("Old password",), "th": ()}).notes("th") == ("Old password",)
    assert told_of(entries[1]).falsepositives == {"en": (), "th": ()}
    assert told_of(entries[1]).description == {"en": "", "th": ""}
    assert "license: MIT" in text_of(entries[0])


def test_a_file_that_is_gone_tells_nothing(entries: tuple[Entry, ...]) -> None:
    one = replace(entries[0], file="/nowhere/authn_guess.yml")
    assert text_of(one) == ""
    assert told_of(one).status == ""


@given(
    st.dictionaries(
        st.sampled_from(["status", "custom", "falsepositives", "references", "license", "date", "description"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
            max_leaves=8,
        ),
    )
)
def test_whatever_a_document_holds_is_told_as_bounded_text(data: dict[str, object]) -> None:
    told = told_by(data)
    texts = [told.status, told.licence, told.date, told.playbook, *told.description.values(), *told.advice.values()]
    texts += [*told.falsepositives["en"], *told.falsepositives["th"], *told.references]
    assert all(isinstance(one, str) and len(one) <= 2000 for one in texts)
    assert told.ncsa_category is None or type(told.ncsa_category) is int
