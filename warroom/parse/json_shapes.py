"""Tells by its names what a JSON object is an event of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _cloudtrail(event: dict[str, Any]) -> bool:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html."""
    return {"eventSource", "eventName", "awsRegion"} <= event.keys()


def _k8s_audit(event: dict[str, Any]) -> bool:
    """https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/."""
    version = event.get("apiVersion")
    return {"auditID", "verb"} <= event.keys() or (isinstance(version, str) and version.startswith("audit.k8s.io/"))


def _suricata_eve(event: dict[str, Any]) -> bool:
    """https://docs.suricata.io/en/latest/output/eve/eve-json-format.html."""
    return {"event_type", "timestamp"} <= event.keys() and not {"flow_id", "stats"}.isdisjoint(event)


def _zeek(event: dict[str, Any]) -> bool:
    """https://docs.zeek.org/en/master/log-formats.html."""
    return "ts" in event and not {"_path", "@stream", "id.orig_h"}.isdisjoint(event)


def _evtx(event: dict[str, Any]) -> bool:
    """https://github.com/omerbenamram/evtx."""
    return isinstance(event.get("Event"), dict) and "System" in event["Event"]


#: Format → whether an object is one of its events, by a sign that no other format here gives.
_SHAPES: Final[Mapping[str, Callable[[dict[str, Any]], bool]]] = {
    "cloudtrail": _cloudtrail,
    "k8s_audit": _k8s_audit,
    "suricata_eve": _suricata_eve,
    "zeek": _zeek,
    "evtx": _evtx,
}


def shape_of(event: dict[str, Any]) -> str:
    """Give the format of an event; ``jsonl`` where its names tell nothing."""
    return next((name for name, test in _SHAPES.items() if test(event)), "jsonl")
