"""MISP's taxonomies become tags with words and numbers."""

from __future__ import annotations

import json

import pytest

from warroom.indicators import VOCABULARY
from warroom.intel.formats.reading import FormatRefusedError, Told
from warroom.intel.formats.taxonomy import read_taxonomy
from warroom.settings import REFERENCE

TOLD = Told("a-taxonomy")


def document(**more: object) -> bytes:
    predicates = [{"value": "plain", "expanded": "Plain"}, {"value": "with-values"}]
    values = [{"predicate": "with-values", "entry": [{"value": "low", "expanded": "Low", "numerical_value": 10}]}]
    return json.dumps({"namespace": "space", "predicates": predicates, "values": values} | more).encode()


def test_predicates_and_values_become_tags() -> None:
    found = read_taxonomy(document(), TOLD)
    assert found.tables["vocabulary"].schema == VOCABULARY
    assert found.tables["vocabulary"].to_pylist() == [
        {"tag": "space:plain", "expanded": "Plain", "number": None},
        {"tag": 'space:with-values="low"', "expanded": "Low", "number": 10.0},
    ]
    assert (found.read, dict(found.counts)) == (3, {"predicate": 2, "entry": 1})


def test_bad_ones_are_refused_one_by_one() -> None:
    entries = [{"value": "a", "numerical_value": 101}, {"value": "b", "numerical_value": True}, {}, 5, {"value": "c"}]
    values = [{"predicate": "with-values", "entry": entries}, {"entry": []}, 7]
    found = read_taxonomy(document(values=values), TOLD)
    assert found.tables["vocabulary"]["tag"].to_pylist() == ["space:plain", 'space:with-values="c"']
    assert found.refused_count == 6
    places = [*(f"values 1, entry {number}" for number in range(1, 5)), "values 2", "values 3"]
    assert sorted(one.item for one in found.refused) == places


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"nothing", "no JSON"), (b"{}", "no taxonomy"), (b'{"predicates": []}', "without a `namespace`")],
)
def test_what_is_no_taxonomy_is_refused_as_a_whole(content: bytes, reason: str) -> None:
    with pytest.raises(FormatRefusedError, match=reason):
        read_taxonomy(content, TOLD)


@pytest.mark.parametrize(
    ("name", "tags", "numbers"), [("admiralty-scale", 13, 13), ("estimative-language", 10, 10), ("osint", 27, 7)]
)
def test_those_that_are_shipped(name: str, tags: int, numbers: int) -> None:
    found = read_taxonomy((REFERENCE / "taxonomies" / name / "machinetag.json").read_bytes(), TOLD)
    table = found.tables["vocabulary"]
    assert (len(table), len(table) - table["number"].null_count, found.refused_count) == (tags, numbers, 0)
