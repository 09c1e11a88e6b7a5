"""Whom and what a line is really about: the entities an incident could name, by the names that fields have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.model import Entity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Field of a platform's log (data/reference/platforms.yaml, docs/log-values.md) → kind of entity.
_KINDS: Final[dict[str, str]] = {
    **dict.fromkeys(("address", "src_ip", "client_ip", "src", "requester_ip", "src_ip:port", "sourceIPs"), "address"),
    **dict.fromkeys(
        (
            "user", "actor", "db_user", "principal", "creator", "username", "user_id_hash", "citizen_hash",
            "subject_hash", "payer_hash", "caller_hash", "officer", "payee_id", "from", "agent_id", "token_id",
            "session_id",
        ),
        "user",
    ),
    **dict.fromkeys(("device_id", "device", "install_id", "terminal_id", "wifi_hash"), "device"),
    **dict.fromkeys(("client_id", "sender", "agency_id", "cert_cn", "producer"), "client"),
    **dict.fromkeys(("host", "target", "tenant"), "host"),
    **dict.fromkeys(("indicator", "qname", "code", "dataset", "url", "job", "job_id", "topic"), "thing"),
}  # fmt: skip
_LONGEST: Final = 200


def entities(fields: Mapping[str, object], bystanders: tuple[str, ...] = ()) -> tuple[Entity, ...]:
    """Give the entities in a line's fields, each once, but for those of ``bystanders``."""
    return tuple(dict.fromkeys(_found(fields, frozenset(bystanders))))


def _found(fields: Mapping[str, object], left_out: frozenset[str]) -> Iterator[Entity]:
    for name, value in fields.items():
        if name in left_out:
            continue
        if isinstance(value, dict):
            yield from _found(value, left_out)
        elif (kind := _KINDS.get(name)) is not None:
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, str) and one.strip("-"):
                    yield Entity(kind, (one.rpartition(":")[0] if name == "src_ip:port" else one)[:_LONGEST])
