"""STIX 2.0 and 2.1: bundles, envelopes of TAXII, bare objects; good ones, odd ones, faulty ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.indicators import Tlp
from warroom.intel.formats.json_document import parse_json
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told
from warroom.intel.formats.stix import read_stix

SAMPLES = Path(__file__).parents[2] / "samples" / "intel"
TOLD = Told("bundle.json")
ID = "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"
GREEN = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"


def read(path: Path) -> Reading:
    return read_stix(parse_json(path.read_bytes()), TOLD)


def bundle(*objects: object) -> dict[str, Any]:
    return {"type": "bundle", "id": "bundle--4d5f4c3e-2b3c-4c8e-9d4e-111111111111", "objects": list(objects)}


def thing(type_: str, number: int = 1, **more: object) -> dict[str, Any]:
    made = {"created": "2024-01-02T00:00:00.000Z", "modified": "2024-01-02T00:00:00.000Z"}
    return {
        "type": type_,
        "id": f"{type_}--00000000-0000-4000-8000-{number:012}",
        "spec_version": "2.1",
        **made,
        **more,
    }


def indicator(pattern: str = "[domain-name:value = 'evil.test']", **more: object) -> dict[str, Any]:
    said = {"id": ID, "pattern": pattern, "pattern_type": "stix", "valid_from": "2024-01-02T00:00:00Z"}
    return thing("indicator", **{**said, **more})


def rows(*objects: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_stix(bundle(*objects), TOLD).tables["indicators"].to_pylist()
    return found


def at(day: int) -> datetime:
    return datetime(2024, 1, day, tzinfo=UTC)


@pytest.mark.parametrize(
    "path", sorted((SAMPLES / "stix_validator").glob("*/*.json")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_what_the_validator_of_oasis_is_tested_with(path: Path) -> None:
    if not path.name.startswith("invalid_"):
        reading = read(path)
        assert (reading.read, reading.refused_count, sum(reading.counts.values())) == (1, 0, 1)
        return
    with pytest.raises(FormatRefusedError) as problem:
        read(path)
    wanted = {
        "invalid_braces": "no JSON: line 1, column 1: ",
        "invalid_comma": "no JSON: line ",
        "invalid_identity": "identity--8c6af861-7b20-41ef-9b59-6344fd872a8f: it has no `modified`",
        "invalid_timestamp": "`modified` (2015-08-08T15:50:10.983Z) is before its `created` (2016-08-08T15:50:10.983Z)",
    }
    assert wanted[path.stem] in str(problem.value)


def test_a_report_on_a_campaign() -> None:
    reading = read(SAMPLES / "stix_reports" / "cve-2023-23397.json")
    table = reading.tables["indicators"]
    assert (reading.read, len(table), reading.refused_count) == (63, 10, 0)
    assert set(table["kind"].to_pylist()) == {"ipv4"}
    assert dict(reading.counts) == {"attack-pattern": 4, "campaign": 1, "course-of-action": 8, "identity": 1,
                                    "intrusion-set": 1, "relationship": 36, "report": 2}  # fmt: skip
    # by a relationship `indicates`
    assert all("attack.t1210" in tags.split() for tags in table["tags"].to_pylist())


def test_what_is_refused_of_a_report_and_why() -> None:
    reading = read(SAMPLES / "stix_reports" / "2024-03-24-thru-26-FortiClient-EMS-exploitation.json")
    assert (reading.read, len(reading.tables["indicators"]), reading.refused_count) == (11, 8, 2)
    assert [one.reason for one in reading.refused] == ["not a URL of http or https"] * 2
    assert reading.refused[0].item.startswith("indicator--199e918f-a2f7-497b-82a9-cfa7ec11e466: tcp://")


def test_what_an_indicator_says() -> None:
    said = indicator(
        name="Bad",
        description="A domain",
        confidence=85,
        valid_from="2024-01-01T00:00:00Z",
        valid_until="2024-01-09T00:00:00Z",
        indicator_types=["malicious-activity"],
        labels=["a label", "malicious-activity", 5],
        kill_chain_phases=[
            {"kill_chain_name": "mitre-attack", "phase_name": "command-and-control"},
            {"kill_chain_name": "lockheed", "phase_name": "delivery"},
            {"kill_chain_name": "misp-category", "phase_name": "Network activity"},
            "faulty",
        ],
        external_references=[
            {"source_name": "mitre-attack", "external_id": "T1071.001"},
            {"source_name": "paper", "url": "https://paper.test/1"},
        ],
        object_marking_refs=[GREEN],
    )
    assert rows(said) == [
        {
            "kind": "domain",
            "value": "evil.test",
            "origin": ID,
            "confidence": 85,
            "tlp": "green",
            "first_seen": at(1),  # said to be valid before it was written
            "last_seen": at(2),
            "valid_from": at(1),
            "valid_until": at(9),
            "pattern": None,
            "tags": "malicious-activity a_label attack.command-and-control lockheed:delivery attack.t1071.001",
            "comment": "Bad: A domain",
            "reference": "https://paper.test/1",
            "added_at": None,
        }
    ]


def test_parts_of_a_pattern_carry_it() -> None:
    pattern = "[domain-name:value = 'evil.test' AND domain-name:resolves_to_refs[*].value = '198.51.100.7']"
    found = rows(indicator(pattern))
    assert [(row["kind"], row["value"], row["pattern"]) for row in found] == [
        ("domain", "evil.test", pattern),
        ("ipv4", "198.51.100.7", pattern),
    ]


@pytest.mark.parametrize("turned", [False, True])
def test_the_newest_version_counts(turned: bool) -> None:  # noqa: FBT001
    versions = [
        indicator("[domain-name:value = 'old.test']"),
        indicator("[domain-name:value = 'new.test']", modified="2024-01-03T00:00:00Z"),
    ]
    reading = read_stix(bundle(*(versions[::-1] if turned else versions)), TOLD)
    assert reading.tables["indicators"]["value"].to_pylist() == ["new.test"]
    assert reading.tables["indicators"]["last_seen"].to_pylist() == [at(3)]
    assert reading.counts == {"indicator, other version": 1}


def test_a_revoked_indicator_is_withdrawn() -> None:
    reading = read_stix(bundle(indicator(), indicator(revoked=True, modified="2024-01-03T00:00:00Z")), TOLD)
    assert len(reading.tables["indicators"]) == 0
    assert reading.withdrawn == (ID,)
    assert reading.refused_count == 0
    assert reading.counts["indicator, revoked"] == 1


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"pattern_type": "snort", "pattern": "alert tcp"}, "its pattern is one of snort: only those of STIX are read"),
        (
            {"pattern": "[domain-name:value = 'evil.test'"},
            "its pattern cannot be read: position 33: there should be `]`",
        ),
        ({"pattern": "[file:size = 5]"}, "nothing in it is a value that is compared with events or searched for"),
        ({"pattern": 5}, "its pattern cannot be read: it is no text"),
    ],
)
def test_a_pattern_that_is_not_taken(more: dict[str, object], reason: str) -> None:
    reading = read_stix(bundle(indicator(**more), indicator(id=f"{ID[:-1]}0")), TOLD)
    assert len(reading.tables["indicators"]) == 1
    assert [(one.item, one.reason) for one in reading.refused if one.reason.startswith(reason)] != []
    assert reading.refused[0].item == ID
    assert reading.withdrawn == (ID,)
    assert reading.counts == ({"indicator, snort": 1} if "pattern_type" in more else {})


@pytest.mark.parametrize(
    ("faulty", "reason"),
    [
        ("text", "not an object"),
        ({}, "it has no `type`"),
        ({"type": "tool"}, "it has no `id`"),
        ({"type": 5, "id": ID}, "it has no `type`"),
        (indicator(id="indicator--1"), "its `id` has to be its type in small letters, two hyphens and a UUID"),
        (indicator(id="tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"), "its `id` has to be"),
        (indicator(type="Indicator"), "its `id` has to be"),
        (indicator(spec_version="3.0"), "its `spec_version` is 3.0"),
        (indicator(created=None), "it has no `created`"),
        (indicator(created="yesterday"), "its `created` is not a time such as 2020-10-25T16:22:00.000Z"),
        (indicator(created=5), "its `created` is no text"),
        (indicator(modified="2024-01-01T00:00:00Z"), "its `modified` (2024-01-01T00:00:00Z) is before its `created`"),
        (indicator(valid_until="2024-01-01T00:00:00Z"), "its `valid_until` (2024-01-01T00:00:00Z) is before its"),
        (indicator(valid_from=None), "it has no `valid_from`, which every indicator has to have"),
        (indicator(pattern=""), "it has no `pattern`"),
        (thing("relationship", relationship_type="indicates", source_ref=ID), "it has no `target_ref`"),
        (thing("sighting"), "it has no `sighting_of_ref`"),
        (thing("x-mine", modified=None), "it has no `modified`"),
        (thing("identity"), "it has no `name`"),
    ],
)
def test_a_faulty_object_is_refused_and_its_neighbours_are_not(faulty: object, reason: str) -> None:
    reading = read_stix(bundle(faulty, indicator(id=f"{ID[:-1]}0")), TOLD)
    assert (reading.read, reading.refused_count, len(reading.tables["indicators"])) == (2, 1, 1)
    assert reading.refused[0].reason.startswith(reason)
    if isinstance(faulty, dict) and faulty:
        with pytest.raises(FormatRefusedError) as problem:
            read_stix(faulty, TOLD)
        assert reason in str(problem.value)


@pytest.mark.parametrize(
    "document",
    [
        bundle(indicator()),
        {"more": True, "next": "5", "objects": [indicator()]},
        indicator(),
        [indicator()],
        [bundle(indicator()), thing("identity", name="x")],
    ],
)
def test_every_form_of_a_document(document: object) -> None:
    assert read_stix(document, TOLD).tables["indicators"]["value"].to_pylist() == ["evil.test"]


@pytest.mark.parametrize(
    ("document", "reason"),
    [("text", "no bundle"), (None, "no bundle"), ({"a": 1}, "neither `type` nor `objects`"),
     ({"type": "bundle", "objects": {}}, "are no list"), ({"objects": 5}, "are no list")],
)  # fmt: skip
def test_what_is_no_document_of_stix(document: object, reason: str) -> None:
    with pytest.raises(FormatRefusedError, match=reason):
        read_stix(document, TOLD)


@pytest.mark.parametrize("document", [{"more": False, "objects": []}, {"type": "bundle", "id": "bundle--1"}, []])
def test_an_empty_document_is_empty(document: object) -> None:
    reading = read_stix(document, TOLD)
    assert (reading.read, len(reading.tables["indicators"])) == (0, 0)


@pytest.mark.parametrize(
    ("definition", "tlp"),
    [
        ({"definition_type": "tlp", "definition": {"tlp": "white"}}, Tlp.CLEAR),
        ({"definition_type": "tlp", "definition": {"tlp": "red"}}, Tlp.RED),
        ({"name": "TLP:AMBER+STRICT"}, Tlp.AMBER_STRICT),
        (
            {"extensions": {"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": {"tlp_2_0": "amber"}}},
            Tlp.AMBER,
        ),
        ({"definition_type": "statement", "definition": {"statement": "© somebody"}}, None),
        ({"definition": "faulty", "extensions": 5, "name": 5}, None),
    ],
)
def test_a_marking_of_the_bundle(definition: dict[str, object], tlp: Tlp | None) -> None:
    mark = thing("marking-definition", modified=None, **definition)
    for marked in (
        indicator(object_marking_refs=[mark["id"]]),
        indicator(granular_markings=[{"marking_ref": mark["id"], "selectors": ["pattern"]}]),
    ):
        assert [row["tlp"] for row in rows(marked, mark)] == [tlp]


@pytest.mark.parametrize(
    ("known", "tlp"),
    [
        ("613f2e26-407d-48c7-9eca-b8e91df99dc9", "clear"),
        ("34098fce-860f-48ae-8e50-ebd3cc5e41da", "green"),
        ("f88d31f6-486f-44da-b317-01333bde0b82", "amber"),
        ("5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "red"),
        ("94868c89-83c2-464b-929b-a1a8aa3c8487", "clear"),
        ("bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "green"),
        ("55d920b0-5e8b-4f79-9ee9-91f868d9b421", "amber"),
        ("939a9414-2ddd-4d32-a0cd-375ea402b003", "amber+strict"),
        ("e828b379-4e03-4974-9ac4-e53a884c97c1", "red"),
    ],
)
def test_the_markings_that_everybody_knows(known: str, tlp: str) -> None:
    assert [row["tlp"] for row in rows(indicator(object_marking_refs=[f"marking-definition--{known}"]))] == [tlp]


def test_nobody_redefines_the_markings_that_everybody_knows() -> None:
    red = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
    loose = thing("marking-definition", id=red, name="TLP:CLEAR")
    assert [row["tlp"] for row in rows(loose, indicator(object_marking_refs=[red]))] == ["red"]


def test_the_strictest_marking_counts_and_that_of_a_report_where_there_is_none() -> None:
    red = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
    said = {"name": "x", "published": "2024-01-02T00:00:00Z", "object_refs": [ID, 5]}
    report = thing("report", object_marking_refs=[GREEN, red], **said)
    assert [row["tlp"] for row in rows(indicator(), report)] == ["red"]
    assert [row["tlp"] for row in rows(indicator(object_marking_refs=[GREEN]), report)] == ["green"]
    assert [row["tlp"] for row in rows(indicator(object_marking_refs=["x"]), thing("report", **said))] == [None]


def test_what_it_indicates_stands_in_its_tags() -> None:
    attack = thing("attack-pattern", name="Web", external_references=[{"external_id": "T1071.001"}])
    malware, tool = thing("malware", name="Evil Rat"), thing("tool", name="Old", revoked=True)
    links = [
        thing("relationship", number, relationship_type=type_, source_ref=ID, target_ref=target["id"])
        for number, (type_, target) in enumerate(
            [("indicates", attack), ("indicates", malware), ("indicates", tool), ("related-to", malware)], 1
        )
    ]
    gone = thing("relationship", 9, relationship_type="indicates", source_ref=ID, target_ref="tool--1", revoked=True)
    assert [row["tags"] for row in rows(*links, indicator(), gone, attack, malware, tool)] == [
        "attack.t1071.001 Evil_Rat"
    ]


def test_sightings_say_when_it_was_seen() -> None:
    seen = [
        thing("sighting", 1, sighting_of_ref=ID, first_seen="2024-01-05T00:00:00Z", last_seen="2024-01-08T00:00:00Z"),
        thing("sighting", 2, sighting_of_ref=ID, first_seen="2024-01-04T00:00:00Z"),
        thing("sighting", 3, sighting_of_ref=ID, last_seen="2024-02-01T00:00:00Z", revoked=True),
    ]
    assert [(row["first_seen"], row["last_seen"]) for row in rows(*seen, indicator())] == [(at(4), at(8))]


def test_where_misp_says_when_it_was_last_seen() -> None:
    labels = ['misp:type="domain"']
    row = rows(indicator(valid_until="2024-01-09T00:00:00Z", labels=labels))[0]
    assert (row["last_seen"], row["valid_until"], row["tags"]) == (at(9), None, None)


@pytest.mark.parametrize("confidence", [-1, 101, True, "high", 5.5, None])
def test_a_confidence_that_is_none(confidence: object) -> None:
    assert [row["confidence"] for row in rows(indicator(confidence=confidence))] == [None]


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(ID),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_WORDS = ["id", "type", "created", "modified", "valid_from", "valid_until", "pattern", "pattern_type", "labels",
          "indicator_types", "kill_chain_phases", "external_references", "object_marking_refs", "granular_markings",
          "confidence", "revoked", "name", "description", "spec_version", "definition", "extensions", "object_refs",
          "relationship_type", "source_ref", "target_ref", "sighting_of_ref", "first_seen", "published"]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(["indicator", "marking-definition", "relationship", "sighting", "report"]),
                          st.dictionaries(st.sampled_from(_WORDS), _ANY, max_size=4)), max_size=3))  # fmt: skip
def test_any_fault_anywhere_is_survived(faults: list[tuple[str, dict[str, object]]]) -> None:
    whole = {
        "indicator": indicator(),
        "marking-definition": thing("marking-definition"),
        "relationship": thing("relationship", relationship_type="indicates", source_ref=ID, target_ref=ID),
        "sighting": thing("sighting", sighting_of_ref=ID),
        "report": thing("report", name="x", published="2024-01-02T00:00:00Z", object_refs=[ID],
                        object_marking_refs=[GREEN]),
    }  # fmt: skip
    good = indicator("[domain-name:value = 'good.test']", id=f"{ID[:-1]}0")
    reading = read_stix(bundle(good, *({**whole[type_], **fault} for type_, fault in faults)), TOLD)
    assert "good.test" in reading.tables["indicators"]["value"].to_pylist()
    assert reading.read == len(faults) + 1
    assert json.dumps([(one.item, one.reason) for one in reading.refused])
