"""From which country an event came: its source's network as its country announces it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path
from typing import Final

import maxminddb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warroom.enrich.country_tree import Runs, read_tree
from warroom.errors import ContentError
from warroom.machine.compiling import can_compile
from warroom.machine.ip_numbers import WORTH, ip_number, ip_numbers
from warroom.machine.log import log
from warroom.settings import REFERENCE

#: The database that ships.
DATABASE: Final = REFERENCE / "countries.mmdb"
_COLUMN: Final = "source_geo_country_iso_code"
_THAILAND: Final = "TH"
#: Upper bits of an address by which its run is looked for, and how many are below them.
_UPPER: Final = 16
_SHIFTS: Final = {4: np.uint64(32 - _UPPER), 6: np.uint64(64 - _UPPER)}


@dataclass(frozen=True, slots=True)
class About:
    """What is known of an address: its network as it is announced, and the country; "" where that is not known."""

    network: str
    country: str

    @property
    def is_thai(self) -> bool:
        """Whether the network is Thailand's."""
        return self.country == _THAILAND


class Countries:
    """Countries of addresses, by one database. Raises ContentError for a file that is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tree = read_tree(path)
        self._tops = {
            family: _tops(runs, _SHIFTS[family]) for family, runs in ((4, self._tree.fours), (6, self._tree.sixes))
        }
        self._codes = pa.array([code or None for code in self._tree.codes], pa.string())

    def add(self, events: pa.RecordBatch) -> pa.RecordBatch:
        """Fill in the country of ``source_ip`` where an event does not say it itself."""
        place = events.schema.get_field_index(_COLUMN)
        own = events.column(place)
        sources = events.column("source_ip")
        if not own.null_count or sources.null_count == len(sources):
            return events
        found = self._codes.take(pa.array(self._of(sources)))
        if own.null_count < len(own):
            found = pc.coalesce(own, found)
        return events.set_column(place, events.schema.field(place).with_type(pa.string()), found)

    def about(self, address: str) -> About:
        """Say what is known of one address; of a private one, or of what is none, nothing."""
        family, high, low, _ = ip_number(address)
        if not family:
            return About("", "")
        runs, number = (self._tree.fours, low) if family == 4 else (self._tree.sixes, high)  # noqa: PLR2004  IPv4
        code = self._tree.codes[int(_within(runs, np.array([number], np.uint64))[0])]
        if not code:
            return About("", "")
        return About(self._network(str(IPv4Address(low) if family == 4 else IPv6Address(high << 64 | low))), code)  # noqa: PLR2004

    def _network(self, address: str) -> str:
        with maxminddb.open_database(self._path) as reader:
            _, bits = reader.get_with_prefix_len(address)
        whole: IPv4Network | IPv6Network = ip_network(f"{address}/{bits}", strict=False)
        return str(whole)

    def _of(self, sources: pa.Array) -> npt.NDArray[np.uint16]:
        """Give the country of each address, 0 for none."""
        coded = sources if pa.types.is_dictionary(sources.type) else None
        numbers = ip_numbers(sources if coded is None else coded.dictionary)
        found = np.zeros(len(numbers.family) + 1, np.uint16)
        for family, runs, values in ((4, self._tree.fours, numbers.low), (6, self._tree.sixes, numbers.high)):
            if len(values) >= WORTH and can_compile():
                from warroom.enrich import country_kernel  # noqa: PLC0415  loads a compiler

                country_kernel.within(*runs, self._tops[family], _SHIFTS[family], numbers.family, family, values, found)
                continue
            rows = np.flatnonzero(numbers.family == family)
            if len(rows):
                found[rows] = _within(runs, values[rows])
        return found[:-1] if coded is None else found[coded.indices.fill_null(-1).to_numpy()]


def _within(runs: Runs, values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint16]:
    return runs.countries[np.searchsorted(runs.begins, values, side="right") - 1]


def _tops(runs: Runs, shift: np.uint64) -> npt.NDArray[np.int32]:
    """Give the last run that begins at each number of the upper bits, or before; and the last of all."""
    begins = np.arange(1 << _UPPER, dtype=np.uint64) << shift
    found = np.searchsorted(runs.begins, begins, side="right") - 1
    return np.append(found, len(runs.begins) - 1).astype(np.int32)


@functools.cache
def countries(path: Path = DATABASE) -> Countries | None:
    """Give the countries of a database, read once; None, and a word in the log, where it cannot be read."""
    try:
        return Countries(path)
    except ContentError as problem:
        log().error("countries of addresses are not known", reason=str(problem))
        return None
