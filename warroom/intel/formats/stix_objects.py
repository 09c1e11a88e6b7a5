"""What an object of STIX 2.0 or 2.1 has to have: a fault in it is told in words.

After https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html, sections 2.9, 3.1 and 4 to 7, and STIX 2.0. What
only some readers need is not asked for: nobody's indicators are lost for a missing description of something else.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any, Final

from warroom.intel.formats.moments import stix_time
from warroom.intel.formats.wording import printable

#: Observables of 2.1, which have no times.
OBSERVABLES: Final = frozenset(
    (
        "artifact", "autonomous-system", "directory", "domain-name", "email-addr", "email-message", "file",
        "ipv4-addr", "ipv6-addr", "mac-addr", "mutex", "network-traffic", "process", "software", "url",
        "user-account", "windows-registry-key", "x509-certificate",
    )
)  # fmt: skip
#: Type → what it has to have besides type, id and times.
_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        (
            "attack-pattern", "campaign", "course-of-action", "identity", "infrastructure", "intrusion-set",
            "threat-actor", "tool", "vulnerability",
        ),
        ("name",),
    ),
    "grouping": ("object_refs",),
    "indicator": ("pattern", "valid_from"),
    "language-content": (),
    "location": (),
    "malware": (),
    "malware-analysis": (),
    "marking-definition": (),
    "note": ("object_refs",),
    "observed-data": ("first_observed", "last_observed"),
    "opinion": ("object_refs",),
    "relationship": ("relationship_type", "source_ref", "target_ref"),
    "report": ("name", "published", "object_refs"),
    "sighting": ("sighting_of_ref",),
}  # fmt: skip
VERSIONS: Final = ("2.0", "2.1")
#: Whose words are times, besides when an object was made and changed.
_OTHER_TIMES: Final = ("valid_from", "valid_until", "first_seen", "last_seen", "published")
_TYPE: Final = re.compile(r"[a-z0-9-]{1,250}")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class FaultyObjectError(ValueError):
    """An object is not what STIX says it has to be; the message says why."""


def check(one: Mapping[str, Any]) -> None:
    """Make sure that an object is one.

    Raises FaultyObjectError.
    """
    type_, id_ = one.get("type"), one.get("id")
    if not isinstance(type_, str) or not isinstance(id_, str):
        raise FaultyObjectError(f"it has no `{'id' if isinstance(type_, str) else 'type'}`")
    if not id_.startswith(f"{type_}--") or not _is_type(type_) or not _UUID.fullmatch(id_, len(type_) + 2):
        raise FaultyObjectError("its `id` has to be its type in small letters, two hyphens and a UUID")
    version = one.get("spec_version", "2.1")
    if version not in VERSIONS:
        raise FaultyObjectError(f"its `spec_version` is {printable(str(version), 20)}: 2.0 and 2.1 are read")
    _check_times(one, type_)
    for name in _REQUIRED.get(type_, ()):
        value = one.get(name)
        if value is None or value in ("", []):
            raise FaultyObjectError(f"it has no `{name}`, which every {type_} has to have")


@functools.lru_cache(256)
def _is_type(text: str) -> bool:
    return _TYPE.fullmatch(text) is not None


def _check_times(one: Mapping[str, Any], type_: str) -> None:
    created = _time(one, "created")
    modified = created if one.get("created") == one.get("modified") else _time(one, "modified")
    if (created is None or modified is None) and _has_to_have(one, type_, "created" if created is None else "modified"):
        name = "created" if created is None else "modified"
        raise FaultyObjectError(f"it has no `{name}`, which every {type_} has to have")
    _check_order(one, "created", "modified", created, modified)
    for name in _OTHER_TIMES:
        if name in one:
            _time(one, name)
    if "valid_until" in one:
        _check_order(one, "valid_from", "valid_until", _time(one, "valid_from"), _time(one, "valid_until"))


def _check_order(one: Mapping[str, Any], earlier: str, later: str, start: int | None, end: int | None) -> None:
    if start is not None and end is not None and end < start:
        raise FaultyObjectError(
            f"its `{later}` ({printable(one[later], 40)}) is before its `{earlier}` ({printable(one[earlier], 40)})"
        )


def _time(one: Mapping[str, Any], name: str) -> int | None:
    value = one.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise FaultyObjectError(f"its `{name}` is no text")
    try:
        return stix_time(value)
    except ValueError as problem:
        raise FaultyObjectError(f"its `{name}` is {problem}") from None


def _has_to_have(one: Mapping[str, Any], type_: str, name: str) -> bool:
    if type_ in OBSERVABLES or (type_ == "marking-definition" and name == "modified"):
        return False
    # an observable of somebody's own has neither
    return type_ in _REQUIRED or "created" in one or "modified" in one
