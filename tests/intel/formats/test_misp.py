"""What MISP writes: events, answers of its interface, lists; whatever in them may be faulty."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pymisp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.indicators import Tlp
from warroom.intel.formats.json_document import parse_json
from warroom.intel.formats.misp import read_misp
from warroom.intel.formats.misp_tags import NO_TAGS, marking, read_tags
from warroom.intel.formats.misp_types import PARTS, UNKEPT, is_indicator
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told

SAMPLES = Path(__file__).parents[2] / "samples" / "intel"
TOLD = Told("answer.json")
EVENT = "57c4445b-c548-4654-af0b-4be3950d210f"
DAY = 86_400
START = 1_704_067_200  # 2024-01-01


def at(day: int) -> datetime:
    return datetime(2024, 1, day, tzinfo=UTC)


def seconds(day: int) -> str:
    return str(START + (day - 1) * DAY)


def attribute(type_: str = "domain", value: object = "evil.test", **more: object) -> dict[str, Any]:
    return {"uuid": "57c4448a-fb04-457d-87e7-4127950d210f", "type": type_, "value": value, **more}


def event(*attributes: object, **more: object) -> dict[str, Any]:
    said = {"uuid": EVENT, "info": "Ransomware", "timestamp": seconds(2), "Attribute": list(attributes)}
    return {"Event": {**said, **more}}


def rows(*attributes: object, **more: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_misp(event(*attributes, **more), TOLD).tables["indicators"].to_pylist()
    return found


def row(*attributes: object, **more: object) -> dict[str, Any]:
    (found,) = rows(*attributes, **more)
    return found


def pairs(reading: Reading) -> list[tuple[str, str]]:
    table = reading.tables["indicators"]
    return list(zip(table["kind"].to_pylist(), table["value"].to_pylist(), strict=True))


@pytest.mark.parametrize(
    ("path", "kinds", "counts"),
    [
        (
            f"misp_feed/{EVENT}.json",
            ["file_name", "md5", "sha1", "sha256", "registry_key"],
            {"comment": 1, "link": 2, "text": 1},
        ),
        ("misp_feed/5758ebf5-c898-48e6-9fe9-5665c0a83866.json", [], {"text": 1, "url": 1}),
        (
            "misp_feed/5a4cb19a-f550-437f-bd29-48ed950d210f.json",
            ["file_name"],
            {"filename": 1, "proposal": 2, "text": 1},
        ),
        (
            "misp_events/malware_exist.json",
            ["file_name", "md5", "sha1", "sha256"],
            {"filename": 1, "size-in-bytes": 1},
        ),
        ("misp_events/event_obj_attr_tag.json", ["file_name", "url"], {}),
        ("misp_events/new_misp_event.json", [], {}),
        ("misp_events/sighting.json", [], {"bar": 1}),
        ("misp_stix/test_attributes_collection_1.json", ["domain"], {"AS": 1}),
        (
            "misp_stix/test_objects_collection_1.json",
            ["email", "file_name", "md5", "sha1", "sha256"],
            {"email-dst": 1, "email-message-id": 1, "email-subject": 1, "size-in-bytes": 1, "text": 1},
        ),
    ],
)
def test_what_is_in_real_documents(path: str, kinds: list[str], counts: dict[str, int]) -> None:
    reading = read_misp(parse_json((SAMPLES / path).read_bytes()), TOLD)
    assert [kind for kind, _ in pairs(reading)] == kinds
    assert dict(reading.counts) == counts
    assert reading.refused_count == 0


def test_what_an_attribute_says() -> None:
    said = attribute(
        timestamp=seconds(3),
        first_seen="2024-01-01T00:00:00+00:00",
        last_seen="2024-01-04T07:00:00+07:00",
        comment="from a mail",
        Tag=[{"name": "tlp:red"}, {"name": 'admiralty-scale:source-reliability="b"'}, "plain", 5, {}],
    )
    tags = [{"name": "TLP:WHITE"}, {"name": "malware family x"}]
    assert rows(said, Tag=tags) == [
        {
            "kind": "domain",
            "value": "evil.test",
            "origin": EVENT,
            "confidence": None,
            "tlp": "red",
            "first_seen": at(1),
            "last_seen": at(4),
            "valid_from": at(1),
            "valid_until": None,
            "pattern": None,
            "tags": 'malware_family_x admiralty-scale:source-reliability="b" plain',
            "comment": "Ransomware: from a mail",
            "reference": EVENT,
            "added_at": None,
        }
    ]


def test_where_an_attribute_says_little_its_event_speaks() -> None:
    found = row(attribute(), Tag=[{"name": "tlp:amber"}])
    assert (found["tlp"], found["comment"]) == ("amber", "Ransomware")
    assert (found["first_seen"], found["last_seen"], found["valid_from"]) == (None, at(2), at(2))
    assert row(attribute(timestamp=seconds(5)))["last_seen"] == at(5)
    assert row(attribute(), timestamp="0")["last_seen"] is None


@pytest.mark.parametrize(
    ("type_", "value", "found"),
    [
        ("domain|ip", "evil.test|198.51.100.7", [("domain", "evil.test"), ("ipv4", "198.51.100.7")]),
        ("ip-dst|port", "2001:db8::1|443", [("ipv6", "2001:db8::1")]),
        ("ip-src|port", "198.51.100.7:443", [("ipv4", "198.51.100.7")]),
        ("hostname|port", "a.test|80", [("domain", "a.test")]),
        ("filename|md5", f"a|b.exe|{'0a' * 16}", [("file_name", "a|b.exe"), ("md5", "0a" * 16)]),
        ("filename|authentihash", "a.exe|0a0a", [("file_name", "a.exe")]),
        ("malware-sample", f"a.exe|{'0A' * 16}", [("file_name", "a.exe"), ("md5", "0a" * 16)]),
        ("regkey|value", "HKLM\\Run|a|b", [("registry_key", "HKLM\\Run")]),
        ("url", "hxxp://Evil[.]test/A", [("url", "http://evil.test/A")]),
        ("vulnerability", "cve-2024-12345", [("cve", "CVE-2024-12345")]),
        ("AS", 64496, [("asn", "AS64496")]),
        ("ip-dst", "198.51.100.7/24", [("ipv4", "198.51.100.0/24")]),
    ],
)
def test_values_of_types(type_: str, value: object, found: list[tuple[str, str]]) -> None:
    assert pairs(read_misp(event(attribute(type_, value, to_ids=True)), TOLD)) == found


@pytest.mark.parametrize(
    ("said", "taken"),
    [({}, True), ({"to_ids": True}, True), ({"to_ids": "1"}, True), ({"to_ids": False}, False), ({"to_ids": "0"}, 0),
     ({"to_ids": 0}, False), ({"to_ids": None}, True), ({"to_ids": True, "deleted": "1"}, False)],
)  # fmt: skip
def test_who_says_so_is_an_indicator(said: dict[str, object], taken: bool) -> None:  # noqa: FBT001
    assert len(rows(attribute(**said))) == taken
    assert not rows(attribute("comment", "text", **{**said, "to_ids": False}))


def test_types_and_their_defaults_are_misps_own() -> None:
    defaults = pymisp.MISPEvent().describe_types["sane_defaults"]
    assert {type_: bool(default["to_ids"]) for type_, default in defaults.items()} == {
        type_: is_indicator(type_) for type_ in defaults
    }
    assert {*PARTS, *UNKEPT} <= set(defaults)


def test_what_is_neither_compared_nor_searched_for_is_refused() -> None:
    reading = read_misp(event(attribute("yara", "rule x {}"), attribute("made-up", "x", to_ids=True)), TOLD)
    assert reading.refused_count == 2
    assert reading.refused[0].item.endswith(": yara")
    assert "neither compared" in reading.refused[0].reason
    assert read_misp(event(attribute("made-up", "x")), TOLD).counts == {"made-up": 1}


@pytest.mark.parametrize(
    ("faulty", "reason"),
    [
        ("text", "what stands in its Attribute is no object"),
        ({}, "it has no type and value"),
        (attribute(5), "it has no type and value"),
        (attribute(value=None), "it has no type and value"),
        (attribute(value=["a.test"]), "it has no type and value"),
        (attribute(value=True), "it has no type and value"),
        (attribute("filename|md5", "only"), "`filename|md5` has 2 parts with | between them"),
        (attribute("ip-src", "198.51.100.300"), "not an address"),
        (attribute("md5", "xyz"), "not md5"),
    ],
)
def test_a_faulty_attribute_is_refused_and_its_neighbours_are_not(faulty: object, reason: str) -> None:
    reading = read_misp(event(faulty, attribute()), TOLD)
    assert pairs(reading) == [("domain", "evil.test")]
    assert reading.refused_count == 1
    assert reading.refused[0].reason.startswith(reason)


def test_objects_speak_for_their_attributes() -> None:
    inside = attribute(timestamp=None)
    one = {"uuid": "x", "name": "domain-ip", "comment": "of the object", "last_seen": "2024-01-06T00:00:00Z",
           "Attribute": [inside], "ShadowAttribute": [{}]}  # fmt: skip
    found = row(Object=[one])
    assert (found["last_seen"], found["comment"]) == (at(6), "Ransomware: of the object")
    gone = read_misp(event(Object=[{**one, "deleted": True}]), TOLD)
    assert (pairs(gone), gone.counts) == ([], {"deleted": 1, "proposal": 1})


def test_sightings() -> None:
    def sighted(*sightings: tuple[str, int]) -> dict[str, Any]:
        said = [{"type": type_, "date_sighting": seconds(day)} for type_, day in sightings]
        return row(attribute(timestamp=seconds(2), Sighting=said))

    seen = sighted(("0", 5), ("0", 4))
    assert (seen["last_seen"], seen["valid_until"], seen["tags"]) == (at(5), None, None)
    assert sighted(("0", 5), ("2", 7))["valid_until"] == at(7)
    assert sighted(("2", 5), ("0", 7))["valid_until"] is None  # it was seen again
    assert sighted(("1", 5))["tags"] == "misp:sighting=false-positive"
    reading = read_misp(event(attribute(Sighting=[{}, "text"])), TOLD)
    assert (reading.counts, reading.refused_count) == ({"sighting": 1}, 1)


def test_proposals_are_counted_and_nothing_else() -> None:
    proposal = attribute(value="proposed.test", to_ids=True)
    reading = read_misp(event(attribute(ShadowAttribute=[proposal]), ShadowAttribute=[proposal]), TOLD)
    assert pairs(reading) == [("domain", "evil.test")]
    assert reading.counts == {"proposal": 2}


def test_an_event_without_indicators_is_withdrawn() -> None:
    reading = read_misp([event(attribute(deleted=True)), event(attribute(), uuid="other")], TOLD)
    assert reading.withdrawn == (EVENT,)
    assert read_misp(event(attribute(), deleted=True), TOLD).withdrawn == (EVENT,)


@pytest.mark.parametrize(
    ("document", "origin"),
    [
        (event(attribute()), EVENT),
        (event(attribute())["Event"], EVENT),
        ([event(attribute())], EVENT),
        ({"response": [event(attribute())]}, EVENT),
        ({"response": [event(attribute())["Event"]]}, EVENT),
        ({"response": event(attribute())}, EVENT),
        ({"response": {"Attribute": [attribute()]}}, "answer.json"),
        ({"Attribute": [attribute()]}, "answer.json"),
        ([attribute(Event={"uuid": EVENT, "info": "x"})], "answer.json"),
        ([{"Attribute": attribute()}], "answer.json"),
        (attribute(), "answer.json"),
        ({"response": [{"Object": {"Attribute": [attribute()]}}]}, "answer.json"),
    ],
)
def test_every_form_of_a_document(document: object, origin: str) -> None:
    table = read_misp(document, TOLD).tables["indicators"]
    assert table["value"].to_pylist() == ["evil.test"]
    assert table["origin"].to_pylist() == [origin]


@pytest.mark.parametrize("document", ["text", 5, None, {}, {"a": []}, {"response": 5}])
def test_what_is_nothing_of_misp(document: object) -> None:
    with pytest.raises(FormatRefusedError, match="no event, object or attribute of MISP"):
        read_misp(document, TOLD)
    reading = read_misp([document, event(attribute())], TOLD)
    assert (len(pairs(reading)), [one.item for one in reading.refused]) == (1, ["entry 1"])


@pytest.mark.parametrize("document", [[], {"response": []}, {"response": {"Attribute": []}}])
def test_an_empty_answer_is_empty(document: object) -> None:
    reading = read_misp(document, TOLD)
    assert (reading.read, reading.refused_count, len(reading.tables["indicators"])) == (0, 0, 0)


def test_lists_in_lists_end() -> None:
    deep: Any = event(attribute())
    for _ in range(900):
        deep = [deep]
    assert read_misp(deep, TOLD).refused_count == 1


def test_galaxies_name_techniques_and_malware() -> None:
    galaxies = [
        {"type": "mitre-attack-pattern", "GalaxyCluster": [{"value": "Web Protocols - T1071.001"}, {"value": "Odd"}]},
        {"type": "mitre-malware", "GalaxyCluster": [{"value": "Cobalt Strike - S0154"}, {}, 5]},
        {"type": "x", "GalaxyCluster": 5},
        "faulty",
    ]
    names = ['misp-galaxy:mitre-attack-pattern="Command - T1059"', 'misp-galaxy:ransomware="Lock Bit"']
    found = row(attribute(Galaxy=galaxies), Tag=[{"name": name} for name in names])
    assert found["tags"] == "attack.t1059 Lock_Bit attack.t1071.001 Odd Cobalt_Strike_-_S0154"


@pytest.mark.parametrize(
    ("tag", "tlp"),
    [("tlp:white", Tlp.CLEAR), ("TLP:CLEAR", Tlp.CLEAR), ("tlp:amber+strict", Tlp.AMBER_STRICT), ("tlp: red", Tlp.RED),
     ("tlp:ex:chr", None), ("pap:red", None), ("red", None)],
)  # fmt: skip
def test_markings(tag: str, tlp: Tlp | None) -> None:
    assert marking(tag) is tlp


def test_the_strictest_marking_counts() -> None:
    assert read_tags({"Tag": [{"name": "tlp:green"}, {"name": "tlp:amber"}, {"name": "tlp:clear"}]}).tlp is Tlp.AMBER
    assert read_tags({"Tag": 5, "Galaxy": {"a": 1}}) is NO_TAGS


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_WORDS = ["uuid", "info", "timestamp", "Attribute", "Object", "Tag", "Galaxy", "ShadowAttribute", "Sighting", "deleted",
          "type", "value", "to_ids", "comment", "first_seen", "last_seen", "name"]  # fmt: skip
_FAULTS = st.dictionaries(st.sampled_from(_WORDS), _ANY, max_size=4)


@given(_FAULTS, _FAULTS, _FAULTS)
def test_any_fault_anywhere_is_survived(
    of_event: dict[str, object], of_object: dict[str, object], of_attribute: dict[str, object]
) -> None:
    faulty = event(attribute(**of_attribute), Object=[{"Attribute": [attribute()], **of_object}])["Event"]
    good = event(attribute(value="good.test"), uuid="good")
    reading = read_misp([{"Event": {**faulty, **of_event}}, good], TOLD)
    assert ("domain", "good.test") in pairs(reading)
    assert json.dumps([(one.item, one.reason) for one in reading.refused])
