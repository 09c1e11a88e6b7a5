"""Wazuh's alerts as JSON (``alerts.json``): the rule that matched, the agent, and what changed in a watched file.

Format: https://documentation.wazuh.com/current/user-manual/manager/alert-management.html and, for ``syscheck``,
https://documentation.wazuh.com/current/user-manual/capabilities/file-integrity/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from warroom.parse.records import Event, read_objects

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

#: Core column → paths, most telling first.
_CORE: Final[Mapping[str, tuple[str, ...]]] = {
    "message": ("rule.description", "full_log"),
    "rule_name": ("rule.description",),
    "event_action": ("syscheck.event", "data.action", "decoder.name"),
    "source_ip": ("data.srcip", "data.src_ip", "data.win.eventdata.ipAddress"),
    "source_port": ("data.srcport", "data.src_port", "data.win.eventdata.ipPort"),
    "destination_ip": ("data.dstip", "data.dest_ip"),
    "destination_port": ("data.dstport", "data.dest_port"),
    "user_name": (
        "syscheck.audit.user.name", "syscheck.audit.effective_user.name", "data.dstuser", "data.srcuser", "data.uid",
        "data.win.eventdata.targetUserName", "syscheck.uname_after",
    ),
    "host_hostname": ("agent.name", "predecoder.hostname"),
    "device_id": ("agent.id",),
    "file_path": ("syscheck.path",),
    "file_hash_sha256": ("syscheck.sha256_after", "syscheck.sha256_before"),
    "process_name": ("syscheck.audit.process.name", "predecoder.program_name"),
    "process_pid": ("syscheck.audit.process.id",),
    "process_command_line": ("data.command",),
    "url_original": ("data.url",),
    "http_response_status_code": ("data.id",),
}  # fmt: skip
#: What a file's integrity is judged by, under the names of the vocabulary.
_INTEGRITY: Final[Mapping[str, tuple[str, ...]]] = {
    "hash_before": ("syscheck.sha256_before", "syscheck.sha1_before", "syscheck.md5_before"),
    "hash_after": ("syscheck.sha256_after", "syscheck.sha1_after", "syscheck.md5_after"),
    "actor": ("syscheck.audit.user.name", "syscheck.audit.login_user.name"),
    "severity": ("rule.level",),
    "sid": ("rule.id",),
}
_FILE: Final = {"added": "file_created", "modified": "file_changed", "deleted": "file_deleted"}


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read alerts; rows are indices into ``text``."""
    return read_objects(text, context, _event)


def _event(document: dict[str, Any]) -> Event | str:
    if not isinstance(document.get("rule"), dict) or not isinstance(document.get("agent"), dict):
        return "no alert of Wazuh: there are no rule and agent"
    core = {column: _value(document, paths) for column, paths in _CORE.items()}
    core["event_action"] = _FILE.get(core["event_action"] or "", core["event_action"])
    if not (core["url_original"] and (core["http_response_status_code"] or "").isdecimal()):
        core["http_response_status_code"] = None  # `id` is a status in the alerts of web logs only
    found = {name: _value(document, paths) for name, paths in _INTEGRITY.items()}
    return Event({**document, **found}, core, _value(document, ("timestamp",)))


def _value(document: dict[str, Any], paths: tuple[str, ...]) -> str | None:
    for path in paths:
        value: Any = document
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
    return None
