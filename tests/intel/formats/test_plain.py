"""What is plain is read a column at a time, and comes to the same as object by object."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intel.formats.reading_rows import rows
from warroom.intel.formats import misp_plain, stix_plain
from warroom.intel.formats.misp import read_misp
from warroom.intel.formats.reading import Reading, Told
from warroom.intel.formats.recognise import recognise
from warroom.intel.formats.stix import read_stix

GREEN = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
_TIMES = st.sampled_from(
    ["2024-01-01T00:00:00Z", "2024-01-02T00:00:00.5Z", "2024-01-03T23:59:59.123456789Z", "0000-01-01T00:00:00Z", "x", 5]
)
_INDICATORS = st.fixed_dictionaries(
    {
        "type": st.just("indicator"),
        "id": st.integers(0, 9).map(lambda number: f"indicator--{UUID(int=number)}"),
        "created": st.just("2024-01-01T00:00:00Z"),
        "modified": _TIMES,
        "valid_from": _TIMES,
        "pattern": st.sampled_from(
            [
                "[ipv4-addr:value = '198.51.100.7']",
                "[ ipv4-addr:value='198.51.100.300' ]",
                "[x:y = 'z']",
                "[",
                1,
                "[domain-name:value = 'Evil[.]test']",
                "[domain-name:value = 'a.test' OR domain-name:value = 'b.test']",
            ]
        ),
    },
    optional={
        "valid_until": _TIMES,
        "revoked": st.booleans(),
        "confidence": st.sampled_from([0, 100, 101, True, "5"]),
        "labels": st.lists(st.sampled_from(["botnet", "misp:to_ids=1", 3]), max_size=2),
        "object_marking_refs": st.just([GREEN]),
        "name": st.sampled_from(["", "a name", None]),
        "description": st.sampled_from(["", "words"]),
        "external_references": st.just([{"external_id": "T1071", "url": "http://a.test/"}]),
        "spec_version": st.sampled_from(["2.1", "3.0", 2.1]),
    },
)
_ATTRIBUTES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["ip-dst", "domain", "comment", "no-such-type", "filename|md5"]),
        "value": st.sampled_from(["198.51.100.7", "a.test", "A[.]test", "none", 5]),
        "to_ids": st.sampled_from([True, True, False, "1"]),
    },
    optional={
        "uuid": st.just("u"),
        "timestamp": st.sampled_from(["1700000000", "0", 1700000000, "x", "99999999999"]),
        "first_seen": st.sampled_from(["1600000000", "2024-01-01T00:00:00Z", None]),
        "comment": st.sampled_from(["", "c2", None]),
        "deleted": st.booleans(),
        "Tag": st.sampled_from([[], [{"name": "tlp:red"}]]),
    },
)


def _told(reading: Reading) -> tuple[object, ...]:
    found = sorted(rows(reading), key=repr)
    return found, reading.read, reading.counts, reading.refused_count, sorted(reading.withdrawn)


def _both(patch: pytest.MonkeyPatch, module: Any, read: Any, document: object) -> list[tuple[object, ...]]:  # noqa: ANN401
    found = []
    for few in (1, 1_000):
        patch.setattr(module, "_FEW", few)
        found.append(_told(read(document, Told("document"))))
    return found


@given(st.lists(_INDICATORS, max_size=12))
def test_indicators_of_stix(objects: list[dict[str, object]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        document = {"type": "bundle", "objects": objects}
        columns, one_by_one = _both(patch, stix_plain, read_stix, document)
    assert columns == one_by_one


@given(st.lists(_ATTRIBUTES, max_size=8))
def test_attributes_of_misp(attributes: list[dict[str, object]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        document = {"Event": {"uuid": "e", "info": "i", "timestamp": "1650000000", "Attribute": attributes}}
        columns, one_by_one = _both(patch, misp_plain, read_misp, document)
    assert columns == one_by_one


def test_large_bundles_are_told_apart_by_more_than_their_first_piece() -> None:
    def bundle(last: str) -> bytes:
        filler = b'{"type": "identity", "id": "identity--1", "name": "' + b"x" * 1_000 + b'"},\n'
        return b'{"type": "bundle", "objects": [' + filler * 9_000 + last.encode() + b"]}"

    assert recognise(bundle('{"type": "x-mitre-tactic", "id": "t", "x_mitre_shortname": "a"}'))[0] == "attack"
    assert recognise(bundle('{"type": "indicator", "id": "i", "pattern": "x"}'))[0] == "stix"
