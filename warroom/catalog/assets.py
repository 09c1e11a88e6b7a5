"""What is run where: the list of assets that vulnerabilities are compared with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from warroom.catalog.documents import Document, read_yaml
from warroom.catalog.platforms import load_platforms
from warroom.catalog.values import meant
from warroom.errors import ContentError, Fault

_TEXTS: Final = ("id", "platform", "vendor", "product", "version")
_KEYS: Final = (*_TEXTS, "internet_facing", "cves")
_MOST: Final = 20_000
_MOST_CVES: Final = 1_000
_LONGEST: Final = 200
_CVE: Final = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")


@dataclass(frozen=True, slots=True)
class Asset:
    """A program or device that is run.

    Args:
        id: how people here call it.
        platform_id: the platform that it belongs to; "" for none.
        vendor: who makes it, "" where it is not told …
        product: … and what it is: as CISA's catalogue calls them.
        version: "" where it is not told.
        internet_facing: it can be reached from anywhere.
        cves: vulnerabilities that a scanner found in it.
    """

    id: str
    platform_id: str
    vendor: str
    product: str
    version: str
    internet_facing: bool
    cves: tuple[str, ...]


def load_assets(path: Path) -> tuple[list[Asset], list[Fault]]:
    """Read the list of assets; a faulty one never keeps the others from loading.

    Gives the sound ones in the order of the file, and every fault.
    """
    try:
        documents = read_yaml(path)
    except ContentError as problem:
        return [], [problem.fault]
    entries = documents[0].data.get("assets") if len(documents) == 1 else None
    if not isinstance(entries, list):
        return [], [Fault(str(path), 0, "expected one document with a list under `assets`")]
    (document,) = documents
    faults = [_fault(document, f"unknown key `{key}`", key) for key in document.data if key != "assets"]
    if len(entries) > _MOST:
        faults.append(_fault(document, f"at most {_MOST:,} assets are read", "assets"))
    assets: dict[str, Asset] = {}
    for number, entry in enumerate(entries[:_MOST]):
        asset, found = _asset(document, number, entry)
        faults += found
        if asset is not None and asset.id in assets:
            faults.append(_fault(document, f"the asset `{asset.id}` stands twice", "assets", number, "id"))
        elif asset is not None:
            assets[asset.id] = asset
    return list(assets.values()), faults


def _asset(document: Document, number: int, entry: Any) -> tuple[Asset | None, list[Fault]]:  # noqa: ANN401 - YAML
    """Read one; None where it has a fault."""
    place = ("assets", number)
    if not isinstance(entry, dict):
        return None, [_fault(document, f"an asset holds `key: value` lines: {', '.join(_KEYS)}", *place)]
    faults = [
        _fault(document, f"unknown key `{key}`{meant(str(key), _KEYS)}; known: {', '.join(_KEYS)}", *place, str(key))
        for key in entry
        if key not in _KEYS
    ]
    texts = {key: _text(document, place, entry, key, faults) for key in _TEXTS}
    if not texts["id"]:
        faults.append(_fault(document, "an asset needs its `id`", *place))
    if bool(texts["vendor"]) != bool(texts["product"]):
        faults.append(_fault(document, "`vendor` and `product` go together", *place))
    if texts["platform"] and texts["platform"] not in load_platforms():
        near = meant(texts["platform"], load_platforms())
        faults.append(_fault(document, f"there is no platform `{texts['platform']}`{near}", *place, "platform"))
    facing = entry.get("internet_facing", False)
    if not isinstance(facing, bool):
        faults.append(_fault(document, "`internet_facing` is true or false", *place, "internet_facing"))
    cves = _cves(document, place, entry.get("cves", []), faults)
    asset = Asset(
        texts["id"], texts["platform"], texts["vendor"], texts["product"], texts["version"], facing is True, cves
    )
    return (None if faults else asset), faults


def _text(
    document: Document, place: tuple[str | int, ...], entry: Mapping[str, object], key: str, faults: list[Fault]
) -> str:
    value = entry.get(key, "")
    if isinstance(value, str) and len(value) <= _LONGEST and value.isprintable():
        return value.strip()
    quoted = ": put it in quotation marks" if key == "version" else ""
    faults.append(_fault(document, f"`{key}` is a text of at most {_LONGEST} signs{quoted}", *place, key))
    return ""


def _cves(document: Document, place: tuple[str | int, ...], found: object, faults: list[Fault]) -> tuple[str, ...]:
    if not isinstance(found, list) or len(found) > _MOST_CVES:
        faults.append(_fault(document, f"`cves` is a list of at most {_MOST_CVES:,}", *place, "cves"))
        return ()
    names: dict[str, None] = {}
    for position, cve in enumerate(found):
        if isinstance(cve, str) and _CVE.fullmatch(cve.strip().upper()):
            names[cve.strip().upper()] = None
        else:
            reason = "a vulnerability is named as CVE-2021-44228"
            faults.append(_fault(document, reason, *place, "cves", position))
    return tuple(names)


def _fault(document: Document, reason: str, *path: str | int) -> Fault:
    return Fault(str(document.file), document.line_of(*path), reason)
