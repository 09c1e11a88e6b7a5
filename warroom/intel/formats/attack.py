"""Reads MITRE ATT&CK: a STIX bundle (2.0 or 2.1) of techniques, tactics, mitigations, groups, software, campaigns.

As published in github.com/mitre-attack/attack-stix-data and github.com/mitre/cti. All objects are counted by type;
what is revoked or deprecated stays in, and is marked: old alerts and tags name it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pyarrow as pa

from warroom.indicators import TECHNIQUES
from warroom.intel.formats.json_document import parse_json
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told
from warroom.intel.formats.rows import Rows
from warroom.intel.formats.wording import printable

#: STIX's types of what ATT&CK gives a name and an id.
TYPES: Final = frozenset((
    "attack-pattern", "x-mitre-tactic", "course-of-action", "intrusion-set", "malware", "tool", "campaign",
    "x-mitre-data-source", "x-mitre-data-component", "x-mitre-asset",
))  # fmt: skip
#: Who gives the ids → the domain that it stands for, in bundles that do not say it.
_SOURCES: Final = {
    "mitre-attack": "enterprise-attack",
    "mitre-ics-attack": "ics-attack",
    "mitre-mobile-attack": "mobile-attack",
}
_LONGEST: Final = 200
_LONGEST_URL: Final = 500
#: Of the phases, domains and references of an object so many are looked at: MITRE has its own reference in front.
_MOST: Final = 100


def read_attack(content: bytes, told: Told) -> Reading:
    """Read a bundle: rows of TECHNIQUES; an object that is none is refused, the others are taken.

    Of several versions of an object the latest counts.

    Raises:
        FormatRefusedError: no JSON, or no bundle of STIX.
    """
    document = parse_json(content)
    objects = document.get("objects") if isinstance(document, dict) and document.get("type") == "bundle" else None
    if not isinstance(objects, list):
        raise FormatRefusedError("no bundle of STIX: expected `type: bundle` and a list `objects`")
    rows = Rows("attack", told)
    latest: dict[str, tuple[str, dict[str, Any]]] = {}
    for number, found in enumerate(objects, 1):
        rows.read += 1
        try:
            kind, key = _text(found, "type"), _text(found, "id")
            row = _row(found, kind, key) if kind in TYPES else None
        except ValueError as problem:
            rows.refuse(f"object {number}", str(problem))
            continue
        rows.count(kind)
        if row is not None:
            modified = found.get("modified")
            version = modified if isinstance(modified, str) else ""
            if key not in latest or latest[key][0] <= version:
                latest[key] = version, row
    table = pa.Table.from_pylist([row for _, row in latest.values()], schema=TECHNIQUES)
    return replace(rows.finish(), tables={"techniques": table})


def _text(found: object, name: str) -> str:
    value = printable(_word(found, name), _LONGEST)
    if not value:
        raise ValueError(f"an object of STIX has a `{name}`")
    return value


def _row(found: Mapping[str, Any], kind: str, key: str) -> dict[str, Any]:
    source, number, url = _reference(found)
    phases = _phases(found)
    tactics = [_word(found, "x_mitre_shortname")] if kind == "x-mitre-tactic" else [phase for _, phase in phases]
    said = [one for one in _list(found, "x_mitre_domains") if isinstance(one, str)]
    domains = said or [_SOURCES[name] for name in (*(chain for chain, _ in phases), source) if name in _SOURCES]
    return {
        "id": number or key,
        "type": kind,
        "domain": _joined(sorted(domains)) or None,
        "name": _text(found, "name"),
        "tactics": _joined(tactics),
        "url": url,
        "withdrawn": found.get("revoked") is True or found.get("x_mitre_deprecated") is True,
    }


def _reference(found: Mapping[str, Any]) -> tuple[str, str, str]:
    """Give who numbered it, the number, and the page; each "" where there is none."""
    for one in _list(found, "external_references"):
        source, number, url = (_word(one, name) for name in ("source_name", "external_id", "url"))
        if source in _SOURCES and number:
            page = url if url.startswith(("https://", "http://")) else ""
            return source, printable(number, _LONGEST), printable(page, _LONGEST_URL)
    return "", "", ""


def _phases(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give chain and phase of ATT&CK's own kill chains."""
    phases = [(_word(one, "kill_chain_name"), _word(one, "phase_name")) for one in _list(found, "kill_chain_phases")]
    return [phase for phase in phases if phase[0] in _SOURCES]


def _word(found: object, name: str) -> str:
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""


def _list(found: Mapping[str, Any], name: str) -> list[Any]:
    value = found.get(name)
    return value[:_MOST] if isinstance(value, list) else []


def _joined(words: list[str]) -> str:
    kept = dict.fromkeys("_".join(printable(word, _LONGEST).split()) for word in words)
    return " ".join(word for word in kept if word)
