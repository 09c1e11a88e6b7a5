"""What is known about vulnerabilities: whether they are exploited, how likely that is, and which assets have them."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pyarrow as pa

from warroom.catalog.assets import Asset

#: Sigma writes ``cve.2021-44228`` (and once ``cve.2021.44228``), all others CVE-2021-44228.
_NAME: Final = re.compile(r"(?<![a-z0-9])cve[-._]([0-9]{4})[-._]([0-9]{4,19})(?![0-9])", re.IGNORECASE)
_LONGEST_TEXT: Final = 1 << 16
_MOST_NAMES: Final = 100
#: How CISA calls it where a hole is in much of what a vendor makes.
_ALL_PRODUCTS: Final = "multiple products"
_WORDS: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Exploited:
    """A vulnerability that is known to be exploited, by CISA's catalogue; ``due_on`` is for agencies of the USA."""

    vendor: str
    product: str
    name: str
    added_on: date | None
    due_on: date | None
    ransomware: bool
    description: str
    action: str


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """What is known about a vulnerability.

    Args:
        cve: its name.
        exploited: None where it is not known to be exploited.
        probability: 0 to 1, that it will be exploited in the next 30 days; None where nobody says it.
        percentile: 0 to 1, the share of all vulnerabilities that are no more likely.
    """

    cve: str
    exploited: Exploited | None = None
    probability: float | None = None
    percentile: float | None = None


@dataclass(frozen=True, slots=True)
class Exposure:
    """An asset that has, or may have, a vulnerability.

    Args:
        asset: which.
        vulnerability: what is known about it.
        confirmed: a scanner found it there; else its vendor and product are those of the catalogue, and people are
            to check the version: the catalogue does not say which are affected.
    """

    asset: Asset
    vulnerability: Vulnerability
    confirmed: bool


class Vulnerabilities:
    """All that feeds brought about vulnerabilities.

    Args:
        exploited: rows of EXPLOITED.
        likely: rows of LIKELY.
    """

    def __init__(self, exploited: pa.Table, likely: pa.Table) -> None:
        self.exploited: Mapping[str, Exploited] = {row.pop("cve"): _exploited(row) for row in exploited.to_pylist()}
        ordered = likely.sort_by("cve").combine_chunks()
        self._likely = {name: _whole(ordered[name]) for name in ordered.column_names}

    def about(self, cve: str) -> Vulnerability:
        """Tell what is known about a vulnerability, by its name in capitals."""
        names = self._likely["cve"]
        place = bisect.bisect_left(names, cve, key=lambda name: name.as_py())
        found = place < len(names) and names[place].as_py() == cve
        probability, percentile = (
            self._likely[name][place].as_py() if found else None for name in ("probability", "percentile")
        )
        return Vulnerability(cve, self.exploited.get(cve), probability, percentile)

    def exposures(self, assets: Iterable[Asset]) -> list[Exposure]:
        """Give what assets have or may have, the most urgent first.

        First comes what is known to be exploited, of that what is confirmed, reachable from the internet, used by
        extortionists, and due the soonest; then what is the most likely to be exploited.
        """
        by_product: dict[tuple[str, str], list[str]] = {}
        for cve, one in self.exploited.items():
            by_product.setdefault((_same(one.vendor), _same(one.product)), []).append(cve)
        found: list[Exposure] = []
        for asset in assets:
            found += [Exposure(asset, self.about(cve), confirmed=True) for cve in asset.cves]
            vendor, product = _same(asset.vendor), _same(asset.product)
            if not vendor:
                continue
            keys = dict.fromkeys(((vendor, product), (vendor, _ALL_PRODUCTS)))
            maybe = (cve for key in keys for cve in by_product.get(key, ()) if cve not in asset.cves)
            found += [Exposure(asset, self.about(cve), confirmed=False) for cve in maybe]
        return sorted(found, key=_urgency)


def exposures(assets: Iterable[Asset], exploited: pa.Table, likely: pa.Table) -> list[Exposure]:
    """Give what assets have or may have, the most urgent first; tables as of ``Vulnerabilities``."""
    return Vulnerabilities(exploited, likely).exposures(assets)


def cves_in(tags: Iterable[str], texts: Sequence[str] = ()) -> tuple[str, ...]:
    """Give the vulnerabilities that tags and texts name, in capitals, each once, in order; a hundred at most."""
    found: dict[str, None] = {}
    for text in (*tags, *texts):
        for one in _NAME.finditer(text[:_LONGEST_TEXT]):
            found[f"CVE-{one[1]}-{one[2]}"] = None
            if len(found) == _MOST_NAMES:
                return tuple(found)
    return tuple(found)


def _exploited(row: Mapping[str, Any]) -> Exploited:
    texts = {name: row[name] or "" for name in ("vendor", "product", "name", "description", "action")}
    return Exploited(added_on=row["added_on"], due_on=row["due_on"], ransomware=bool(row["ransomware"]), **texts)


def _same(name: str) -> str:
    """Give the words of a name, by which two spellings are the same."""
    return " ".join(_WORDS.findall(name.casefold()))


def _urgency(one: Exposure) -> tuple[Any, ...]:
    known = one.vulnerability.exploited
    return (
        known is None,
        not one.confirmed,
        not one.asset.internet_facing,
        known is None or not known.ransomware,
        known.due_on or date.max if known else date.max,
        -(one.vulnerability.probability or 0.0),
        one.asset.id,
        one.vulnerability.cve,
    )


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
