"""What chronyd and ntpd say in syslog of the clock: steps, offsets, and the servers they follow.

Wording: chrony's reference.c and sources.c (2 to 4), ntpd's ntp_loopfilter.c and ntp_util.c.
"""

from __future__ import annotations

import re
from typing import Final

_HEAD: Final = 1024
_NUMBER: Final = r"[-+]?[0-9]{1,9}(?:\.[0-9]{1,12})?"
_RULES: Final = [
    (re.compile(pattern), action)
    for pattern, action in (
        (rf"System clock wrong by (?P<seconds>{_NUMBER}) seconds.*", "ntp_offset"),
        (rf"System clock was stepped by (?P<seconds>{_NUMBER}) seconds", "ntp_step"),
        ((rf"(?:[0-9-]{{1,20}}: )?(?:time (?:reset|stepped|slew)|step time server [^ ]{{1,255}} offset) "
         rf"(?:by )?(?P<seconds>{_NUMBER}) ?(?:s|sec|seconds)?"), "ntp_step"),
        (r"Selected source (?P<server>[^ ]{1,255})(?: \([^)]{1,255}\))?", "ntp_source"),
        (r"synchronized to (?P<server>[^ ,]{1,255}), stratum (?P<stratum>[0-9]{1,2})", "ntp_source"),
        (r"(?P<reason>Can't synchronise: .{1,255})", "ntp_lost"),
        (r"Source (?P<server>[^ ]{1,255})(?: \([^)]{1,255}\))? (?P<reason>offline|online|replaced with .{1,255})",
         "ntp_source"),
    )
]  # fmt: skip


def facts(_program: str, message: str) -> dict[str, str | None]:
    """Read one message; see programs.py for the names."""
    head = message[:_HEAD]
    for pattern, action in _RULES:
        if match := pattern.fullmatch(head):
            found: dict[str, str | None] = {**match.groupdict(), "action": action}
            if seconds := found.pop("seconds", None):
                found["offset_ms"] = format(float(seconds) * 1000, ".6f").rstrip("0").rstrip(".")
            return found
    return {}
