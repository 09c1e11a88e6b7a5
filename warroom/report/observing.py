"""Which of the things that an incident names others should look for, and how its rows are named in every format."""

from __future__ import annotations

import ipaddress
import uuid
from typing import TYPE_CHECKING, Final

from warroom.catalog.platforms import load_platforms
from warroom.catalog.shared_networks import Client, load_shared_networks
from warroom.catalog.world import load_technique_names
from warroom.model import Disposition

if TYPE_CHECKING:
    from warroom.store.views.case_rows import NamedEntity
    from warroom.store.views.casefile import CaseFile

#: Of names by which a row has the same identifier in every export.
_NAMES: Final = uuid.UUID("6d1bd3a4-4f7e-5d0c-9b0e-2d6d9d6a3c55")
#: Networks that somebody else's machines have, too: what stands in them says nothing outside.
_PRIVATE: Final = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3", "fc00::/7", "ff00::/8"))
)
#: Incidents of which nothing is to be looked for: nothing happened, or somebody played it.
_NOTHING: Final = frozenset({Disposition.FALSE_POSITIVE, Disposition.BENIGN, Disposition.DRILL})


def case_uuid(case: CaseFile, *names: object) -> str:
    """Give the UUID of an incident, or of something of it, the same in every export and unlike other war rooms'."""
    incident = case.incident
    named = (incident.platform_id, incident.opened_at, incident.id, *names)
    return str(uuid.uuid5(_NAMES, "\n".join(map(str, named)).encode("utf-8", "backslashreplace").decode()))


def lasting_uuid(*names: object) -> str:
    """Give the UUID of something that no incident owns, such as an agency."""
    return str(uuid.uuid5(_NAMES, "\n".join(map(str, names)).encode("utf-8", "backslashreplace").decode()))


def changed_at(case: CaseFile) -> int:
    """Give when anything of an incident changed last, in microseconds."""
    return max(case.incident.updated_at, *(one.at for one in case.log[-1:]), case.incident.opened_at)


def address_of(entity: NamedEntity) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Give the address that an entity is; None where it is something else."""
    if entity.kind != "address":
        return None
    try:
        found = ipaddress.ip_address(entity.value)
    except ValueError:
        return None
    return None if getattr(found, "scope_id", None) else found


def is_indicator(case: CaseFile, entity: NamedEntity) -> bool:
    """Whether others should look for it: an address of one client outside, of an incident that may be an attack.

    Not: private addresses, those behind which a carrier puts many strangers, people, and our own machines.
    """
    if case.incident.drill or case.incident.disposition in _NOTHING:
        return False
    address = address_of(entity)
    if address is None or any(address.version == one.version and address in one for one in _PRIVATE):
        return False
    return load_shared_networks().client(entity.value) is Client.ONE


def operator(case: CaseFile) -> str:
    """Give in English who runs the platform; its name where that is not known."""
    platform = load_platforms().get(case.incident.platform_id)
    return case.incident.platform_id if platform is None else platform.operator_en or platform.name_en


def platform_name(case: CaseFile) -> str:
    """Give the platform's name in English."""
    platform = load_platforms().get(case.incident.platform_id)
    return case.incident.platform_id if platform is None else platform.name_en


def technique_name(technique: str) -> str:
    """Give a technique's name in ATT&CK; its id where ATT&CK has none such any more."""
    return load_technique_names().get(technique, technique)


def technique_url(technique: str) -> str:
    """Give where MITRE describes a technique."""
    return f"https://attack.mitre.org/techniques/{technique.replace('.', '/')}/"


def summary(case: CaseFile) -> str:
    """Say in English what an incident is, in two lines."""
    incident = case.incident
    count = f"{incident.alert_count} alerts, {incident.event_count} events, {case.rule_count} detectors"
    return f"{incident.title}\n{incident.severity} on {platform_name(case)}: {count}; status {incident.status}."
