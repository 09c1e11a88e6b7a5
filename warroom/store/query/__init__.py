"""Searches as people type them: parsed to a tree, checked, and made into SQL in which every value is a parameter."""

from __future__ import annotations

from warroom.store.query.events import event_condition
from warroom.store.query.incidents import incident_condition
from warroom.store.query.parser import parse, quoted
from warroom.store.query.tree import (
    LONGEST_QUERY,
    And,
    Compare,
    Exists,
    Match,
    Network,
    Node,
    Not,
    Or,
    Pattern,
    QueryError,
    Text,
    Wild,
)

__all__ = [
    "LONGEST_QUERY",
    "And",
    "Compare",
    "Exists",
    "Match",
    "Network",
    "Node",
    "Not",
    "Or",
    "Pattern",
    "QueryError",
    "Text",
    "Wild",
    "event_condition",
    "incident_condition",
    "parse",
    "quoted",
]
