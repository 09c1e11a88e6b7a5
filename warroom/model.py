"""The words of the war room: the event's columns, alerts, incidents, severities and states."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

import pyarrow as pa

UTC_MICROSECONDS: Final = pa.timestamp("us", tz="UTC")

#: Set by the pipeline, not by parsers.
ENVELOPE: Final[dict[str, pa.DataType]] = {
    "event_id": pa.int64(),  # ingestion time in ms << 20 | counter: unique and time-ordered in a data folder
    "ts": UTC_MICROSECONDS,  # when it happened
    "ingested_at": UTC_MICROSECONDS,
    "feed_id": pa.string(),
    "platform_id": pa.string(),
    "log_product": pa.string(),
    "log_category": pa.string(),
    "log_service": pa.string(),
    "log_source": pa.string(),  # the transport's name of the very source (for a file: its identity, not its path) …
    "log_offset": pa.int64(),  # … and the byte in it: together they name one line for ever
    "log_file_path": pa.string(),  # what the source was called when it was read
}

#: ECS field names, dots as underscores. Absent values are null.
CORE: Final[dict[str, pa.DataType]] = {
    "message": pa.string(),
    "event_action": pa.string(),
    "event_outcome": pa.string(),  # success | failure | unknown
    "event_reason": pa.string(),
    "event_duration": pa.int64(),  # nanoseconds, as ECS has it
    "source_ip": pa.string(),
    "source_port": pa.int32(),
    "source_address": pa.string(),
    "destination_ip": pa.string(),
    "destination_port": pa.int32(),
    "destination_address": pa.string(),
    "user_name": pa.string(),
    "user_id": pa.string(),
    "host_hostname": pa.string(),
    "device_id": pa.string(),
    "http_request_method": pa.string(),
    "http_request_referrer": pa.string(),
    "http_version": pa.string(),
    "http_response_status_code": pa.int32(),
    "http_response_body_bytes": pa.int64(),
    "url_original": pa.string(),
    "url_domain": pa.string(),
    "url_path": pa.string(),
    "url_query": pa.string(),
    "user_agent_original": pa.string(),
    "process_name": pa.string(),
    "process_pid": pa.int64(),
    "process_executable": pa.string(),
    "process_command_line": pa.string(),
    "process_parent_executable": pa.string(),
    "process_parent_command_line": pa.string(),
    "file_path": pa.string(),
    "file_hash_sha256": pa.string(),
    "dns_question_name": pa.string(),
    "rule_name": pa.string(),
    "source_geo_country_iso_code": pa.string(),
}

#: The columns a parser returns besides CORE: what happened when, every other field, and the bytes.
#: ``fields`` is a struct whose children are strings or lists of strings under the source's own names
#: (nested objects joined by dots); on disk it is a map. ``raw`` is the line without its line end, lossless.
FIELDS: Final = "fields"
RAW: Final = "raw"
#: Metadata of the column ``raw`` where its lines are JSON and every value in them is in a field, too: the names that
#: stand in the lines besides, one a line.
RAW_NAMES: Final = b"names"


def ecs_name(column: str) -> str:
    """Give a core column's ECS name: ``http_response_status_code`` → ``http.response.status_code``."""
    return ECS_NAMES.get(column, column.replace("_", "."))


# Names in which an underscore is part of a word.
ECS_NAMES: Final[dict[str, str]] = {
    "http_response_status_code": "http.response.status_code",
    "http_response_body_bytes": "http.response.body.bytes",
    "user_agent_original": "user_agent.original",
    "process_command_line": "process.command_line",
    "process_parent_command_line": "process.parent.command_line",
    "source_geo_country_iso_code": "source.geo.country_iso_code",
    "ts": "@timestamp",
    "raw": "event.original",
    "event_id": "event.id",
    "ingested_at": "event.ingested",
    "log_source": "log.source_id",
    "log_file_path": "log.file.path",
    "log_offset": "log.offset",
    "feed_id": "feed_id",
    "platform_id": "platform_id",
}


class Severity(StrEnum):
    """How bad, in the words of Sigma's ``level``; compare by ``rank``."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 (informational) to 4 (critical)."""
        return list(Severity).index(self)


class Status(StrEnum):
    """The states of an incident, in order."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    INVESTIGATING = "investigating"
    CONTAINED = "contained"
    RECOVERED = "recovered"
    CLOSED = "closed"


class Disposition(StrEnum):
    """What a closed incident turned out to be."""

    TRUE_POSITIVE = "true_positive"
    BENIGN = "benign"
    FALSE_POSITIVE = "false_positive"
    DUPLICATE = "duplicate"
    DRILL = "drill"


@dataclass(frozen=True, slots=True)
class Target:
    """Seconds from an incident's opening in which it is to be acknowledged, contained and resolved."""

    acknowledge: int
    contain: int
    resolve: int


#: Kinds of entity by which alerts belong together, strongest first, with the core column each comes from.
ENTITY_COLUMNS: Final[dict[str, str]] = {
    "address": "source_ip",
    "user": "user_name",
    "device": "device_id",
    "host": "host_hostname",
}


@dataclass(frozen=True, slots=True)
class Entity:
    """Something an alert is about: an address, a user, a device, a host."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule fired for a group of events inside a window.

    ``alert_id`` is the hash of rule, group key and window, so that a replay cannot double it; ``count``
    is the number of matching events this batch adds. ``event_ids`` is a bounded sample, oldest first.
    """

    alert_id: str
    rule_id: str
    rule_title: str
    severity: Severity
    platform_id: str
    feed_id: str
    first_at: datetime
    last_at: datetime
    count: int
    entities: tuple[Entity, ...]
    event_ids: tuple[int, ...]
    tags: tuple[str, ...] = field(default=())
    rule_title_th: str = ""
    drill: bool = False


def is_technique(tag: str, wanted: Container[str]) -> bool:
    """Whether a tag of a rule (``attack.t1190``) is a technique that is wanted, or a sub-technique of one."""
    return tag in wanted or (tag.startswith("attack.t") and tag.rpartition(".")[0] in wanted)
