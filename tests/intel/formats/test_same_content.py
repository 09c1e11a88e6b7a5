"""The same content as MISP's JSON, STIX 2.0 and STIX 2.1 gives the same indicators."""

from __future__ import annotations

from pathlib import Path

import pytest

from warroom.intel.formats import json_pieces
from warroom.intel.formats.read import read
from warroom.intel.formats.reading import Told

SAMPLES = Path(__file__).parents[2] / "samples" / "intel" / "misp_stix"
SAME = ("kind", "value", "tlp", "confidence", "first_seen", "last_seen", "valid_from", "valid_until")


def indicators(*names: str) -> set[tuple[object, ...]]:
    found: set[tuple[object, ...]] = set()
    for name in names:
        reading = read(SAMPLES / name, Told(name))
        assert reading.refused_count == 0
        found |= {tuple(row.values()) for row in reading.tables["indicators"].select(SAME).to_pylist()}
    return found


@pytest.mark.parametrize(
    ("what", "count"), [("attributes_collection", 3), ("events_collection", 3), ("objects_collection", 7)]
)
def test_collections(what: str, count: int) -> None:
    misp = indicators(f"test_{what}_1.json", f"test_{what}_2.json")
    assert len(misp) == count
    assert misp == indicators(f"test_{what}_stix20.json") == indicators(f"test_{what}_stix21.json")


@pytest.mark.parametrize("number", [1, 2])
def test_events(number: int) -> None:
    misp = indicators(f"test_events_collection_{number}.json")
    assert misp
    assert misp == indicators(f"test_event{number}_stix20.json") == indicators(f"test_event{number}_stix21.json")


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_a_document_that_is_read_in_pieces(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = read(path, Told("x"))
    monkeypatch.setattr(json_pieces, "LARGE", 100)
    monkeypatch.setattr(json_pieces, "_PIECE", 200)
    assert read(path, Told("x")) == at_once
