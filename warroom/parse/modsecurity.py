"""What ModSecurity and Coraza write to the error log of Apache or nginx: a rule that matched, in tags.

Tags are ``[id "942100"] [msg "…"] [tag "…"]``. Format: Alert Action Description in
https://github.com/owasp-modsecurity/ModSecurity/wiki/ModSecurity-2-Data-Formats; libmodsecurity, version 3, and Coraza
write the same tags with other words before them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import CORE

if TYPE_CHECKING:
    from warroom.parse.shapes import Part

_WORD: Final = "^.{0,390}(?:ModSecurity|Coraza): "
_MARK: Final = re.compile(r"(?:^|(?<= ))(?:ModSecurity|Coraza): ")
#: How far into a line the word may stand: behind it everything is the attacker's.
_FRONT: Final = 400
_TAG: Final = re.compile(r'\[([a-z_]{2,20}) "((?:[^"\\]|\\.)*)"\]')
#: What nginx writes behind a message begins so.
_TAIL: Final = ", client: "
_VERDICT: Final = re.compile(
    r"(?P<result>Warning|Access denied|Access allowed|Access to|Audit log|Rule)\b[^.\[]{0,200}"
)
_CODE: Final = re.compile(r"with code ([0-9]{3})")
_PHASE: Final = re.compile(r"\(phase ([0-9])\)")
_LONGEST: Final = 65_536
#: What the line itself says better than the tags.
_LINES_OWN: Final = ("url_domain", "url_path")
_Facts = dict[str, str | list[str]]


def facts(message: str) -> _Facts | None:
    """Read a message from ``ModSecurity:`` on into core columns and fields; None where it is none.

    Tags have their own names, and of those that come twice the first counts; ``tag`` has all its values.
    """
    mark = _MARK.match(message)
    if mark is None or len(message) > _LONGEST:
        return None
    told: _Facts = {}
    tags: list[str] = []
    for name, value in _TAG.findall(message):
        if name == "tag":
            tags.append(value)
        elif name not in told:
            told[name] = value
    if tags:
        told["tag"] = tags
    found = _VERDICT.match(message, mark.end())
    words = found[0] if found else ""
    result = found["result"] if found else ""
    blocked = result == "Access denied"
    start, tags_begin = found.end() if found else mark.end(), message.find(" [file ")
    said = message[start : tags_begin if tags_begin > start else None]
    told |= {"result": result or "Message", "engine_message": said.lstrip(". ").strip()}
    told |= {name: one[1] for name, one in (("code", _CODE.search(words)), ("phase", _PHASE.search(words))) if one}
    return told | {
        "message": str(told.get("msg") or told["engine_message"]),
        "rule_name": str(told.get("msg") or told.get("id", "")),
        "event_action": "request_blocked" if blocked else "rule_matched",
        "event_outcome": "failure" if blocked else "",
        "url_domain": str(told.get("hostname", "")),
        "url_path": str(told.get("uri", "")),
        "http_response_status_code": str(told.get("code", "")),
    }


def with_rules(part: Part) -> Part:
    """Add to lines of an error log what their messages tell of rules; the lines' own client and request stay."""
    messages = part.core["message"]
    rows = pc.indices_nonzero(pc.match_substring_regex(messages, _WORD)).to_pylist()
    found = {row: seen for row in rows if (seen := _in_line(messages[row].as_py())) is not None}
    if not found:
        return part
    core, fields = dict(part.core), dict(part.fields)
    for name in sorted({name for seen in found.values() for name in seen}):
        columns = core if name in CORE else fields
        values = [found.get(row, {}).get(name) or None for row in range(len(messages))]
        kind = pa.list_(pa.string()) if name == "tag" else pa.string()
        column = pa.array(values, kind)
        if name in columns:
            both = (columns[name], column) if name in _LINES_OWN else (column, columns[name])
            column = pc.coalesce(*(one.cast(columns[name].type) for one in both))
        columns[name] = column
    return replace(part, core=core, fields=fields)


def _in_line(message: str) -> _Facts | None:
    mark = _MARK.search(message, 0, _FRONT)
    if mark is None:
        return None
    end = message.rfind(_TAIL)
    return facts(message[mark.start() : end if end > mark.end() else None])
