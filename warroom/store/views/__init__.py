"""Read models of the console's screens: what a screen needs in one query each, bounded."""

from __future__ import annotations

from warroom.store.incidents import AlertRow, LogEntry
from warroom.store.views.grouping import GroupingView, RuleFold, grouping
from warroom.store.views.health import FaultRow, FeedRow, content_problems, feeds, is_drill, worker_seen_at
from warroom.store.views.incidents import Deed, IncidentView, activity, incident, related
from warroom.store.views.queues import OpenCount, alerts_per_minute, closed_since, open_counts, queue
from warroom.store.views.quiet import RuleHeard, alert, rules_heard
from warroom.store.views.rows import IncidentRow, Scope

__all__ = [
    "AlertRow",
    "Deed",
    "FaultRow",
    "FeedRow",
    "GroupingView",
    "IncidentRow",
    "IncidentView",
    "LogEntry",
    "OpenCount",
    "RuleFold",
    "RuleHeard",
    "Scope",
    "activity",
    "alert",
    "alerts_per_minute",
    "closed_since",
    "content_problems",
    "feeds",
    "grouping",
    "incident",
    "is_drill",
    "open_counts",
    "queue",
    "related",
    "rules_heard",
    "worker_seen_at",
]
