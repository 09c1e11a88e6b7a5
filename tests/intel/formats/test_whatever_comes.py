"""Whatever comes is read or refused, never a crash."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.indicators import TABLES
from warroom.intel.formats.attack import read_attack
from warroom.intel.formats.epss import read_epss
from warroom.intel.formats.kev import read_kev
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told
from warroom.intel.formats.taxonomy import read_taxonomy
from warroom.intel.formats.warninglist import read_warninglist

Reader = Callable[[bytes, Told], Reading]

_WORDS = {
    read_attack: "type id name objects external_references source_name external_id url kill_chain_phases revoked",
    read_kev: "vulnerabilities cveID dateAdded dueDate count product knownRansomwareCampaignUse",
    read_taxonomy: "namespace predicates value values predicate entry numerical_value expanded",
    read_warninglist: "name type list matching_attributes category",
}
_BASES: dict[Reader, dict[str, object]] = {
    read_attack: {"type": "bundle", "objects": [{"type": "attack-pattern", "id": "a", "name": "b"}]},
    read_kev: {"vulnerabilities": [{"cveID": "CVE-2021-44228"}]},
    read_taxonomy: {"namespace": "n", "predicates": [{"value": "p"}]},
    read_warninglist: {"name": "n", "type": "cidr", "list": ["10.0.0.0/8"]},
}


def _trees(words: str) -> st.SearchStrategy[object]:
    scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from(words.split())
    keys = st.sampled_from(words.split())
    return st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=10
    )


def _check(reader: Reader, content: bytes) -> None:
    with suppress(FormatRefusedError):
        found = reader(content, Told("a-document"))
        for name, table in found.tables.items():
            assert table.schema.names == TABLES[name].names
        assert found.refused_count >= len(found.refused)
        assert all(one.item.isprintable() and one.reason.isprintable() for one in found.refused)


@pytest.mark.parametrize("reader", _WORDS, ids=lambda reader: reader.__name__)
@given(data=st.data())
def test_json_of_any_shape(reader: Reader, data: st.DataObject) -> None:
    tree = data.draw(_trees(_WORDS[reader]))
    _check(reader, json.dumps(tree).encode())
    base = _BASES[reader]
    _check(reader, json.dumps(base | tree if isinstance(tree, dict) else base | {next(iter(base)): tree}).encode())


@pytest.mark.parametrize("reader", [*_WORDS, read_epss], ids=lambda reader: reader.__name__)
@given(content=st.binary(max_size=60))
def test_bytes_of_any_kind(reader: Reader, content: bytes) -> None:
    _check(reader, content)
    _check(reader, b"cve,epss,percentile\n" + content)
    _check(reader, b"cveID,product\n" + content)
