"""Events get the country of their source; private addresses have none."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Sequence
from pathlib import Path

import maxminddb
import pyarrow as pa
import pytest

from warroom.enrich.countries import DATABASE, Countries, countries
from warroom.errors import ContentError

THAI, SWISS = "1.0.136.9", "2001:620::1"


@pytest.fixture(scope="module")
def known() -> Countries:
    return Countries(DATABASE)


def filled(known: Countries, sources: Sequence[str | None], own: Sequence[str | None] = ()) -> list[str | None]:
    columns = [pa.array(sources, pa.string()), pa.array(own or [None] * len(sources), pa.string())]
    events = pa.RecordBatch.from_arrays(columns, ["source_ip", "source_geo_country_iso_code"])
    found: list[str | None] = known.add(events).column("source_geo_country_iso_code").to_pylist()
    return found


def test_sources_get_their_country(known: Countries) -> None:
    assert filled(known, [THAI, SWISS, None, f"::ffff:{THAI}", "no address"]) == ["TH", "CH", None, "TH", None]


def test_what_an_event_says_itself_stays(known: Countries) -> None:
    assert filled(known, [THAI, THAI], ["LA", None]) == ["LA", "TH"]


@pytest.mark.parametrize(
    "address",
    ["10.1.2.3", "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.1.1", "100.64.0.1", "::1", "fe80::1", "fd00::1"],
)
def test_private_addresses_have_none(known: Countries, address: str) -> None:
    assert filled(known, [address]) == [None]
    assert known.about(address).country == ""


def test_what_is_said_of_one_address(known: Countries) -> None:
    about = known.about(THAI)
    assert about.is_thai
    assert ipaddress.ip_address(THAI) in ipaddress.ip_network(about.network)
    assert known.about(f"::ffff:{THAI}") == about
    assert not known.about(SWISS).is_thai
    assert known.about("no address").network == ""


def test_answers_are_those_of_the_databases_own_reader(known: Countries) -> None:
    dice = random.Random(7)
    fours = [str(ipaddress.IPv4Address(dice.getrandbits(32))) for _ in range(3_000)]
    sixes = [str(ipaddress.IPv6Address(0x2 << 124 | dice.getrandbits(20) << 104 | dice.getrandbits(64))) for _ in fours]
    with maxminddb.open_database(DATABASE) as reader:
        told = [reader.get(one) for one in (*fours, *sixes)]
    wanted = [one.get("country_code") if isinstance(one, dict) else None for one in told]
    kept = [
        None if ipaddress.ip_address(one).is_private else code
        for one, code in zip((*fours, *sixes), wanted, strict=True)
    ]
    found = filled(known, [*fours, *sixes])
    assert [one for one, code in zip(found, kept, strict=True) if one != code] == []
    assert filled(known, fours[:50]) == found[:50]  # a small batch, which nothing is compiled for
    assert sum(one is not None for one in found) > 1_500


def test_coded_sources_count_as_plain_ones(known: Countries) -> None:
    sources = pa.array([THAI, None, SWISS, THAI]).dictionary_encode()
    events = pa.RecordBatch.from_arrays(
        [sources, pa.nulls(4, pa.string())], ["source_ip", "source_geo_country_iso_code"]
    )
    assert known.add(events).column(1).to_pylist() == ["TH", None, "CH", "TH"]


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "countries.mmdb"
    broken.write_bytes(b"\0" * 100)
    with pytest.raises(ContentError, match="countries"):
        Countries(broken)
    assert countries(broken) is None
    cut = DATABASE.read_bytes()
    broken.write_bytes(cut[: len(cut) // 2])
    with pytest.raises(ContentError):
        Countries(broken)
