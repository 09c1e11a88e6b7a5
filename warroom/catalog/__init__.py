"""Reads and validates the content folders, and reports every fault with file, line and what to do.

The layer's law: YAML is read here and nowhere else; one faulty file never keeps the others from loading.
"""

from __future__ import annotations

from warroom.catalog.documents import MAX_BYTES, Document, parse_yaml, read_yaml
from warroom.catalog.feeds import Feed, load_feed, load_feeds
from warroom.catalog.platforms import Platform, load_platforms
from warroom.catalog.service_targets import Escalation, ServiceTargets, load_service_targets
from warroom.catalog.shared_networks import Client, SharedNetworks, load_shared_networks

__all__ = [
    "MAX_BYTES",
    "Client",
    "Document",
    "Escalation",
    "Feed",
    "Platform",
    "ServiceTargets",
    "SharedNetworks",
    "load_feed",
    "load_feeds",
    "load_platforms",
    "load_service_targets",
    "load_shared_networks",
    "parse_yaml",
    "read_yaml",
]
