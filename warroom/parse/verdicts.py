"""What firewalls call their verdicts, in the words of this project: allow, block, reject, with what came of it."""

from __future__ import annotations

from typing import Final

_ALLOW: Final = (
    "accept", "accepted", "allow", "allowed", "alert", "built", "decrypt", "detect", "monitor", "monitored", "open",
    "open-inbound", "pass", "passed", "passthrough", "permit", "permitted", "start", "encrypt",
)  # fmt: skip
_BLOCK: Final = (
    "block", "blocked", "block-url", "block-ip", "block-continue", "blackhole", "clear-session", "deny", "denied",
    "discard", "discarded", "drop", "dropped", "drop-packet", "dropped-ip", "prevent", "prevented", "quarantine",
    "quarantined", "shun", "sinkhole", "wblock",
)  # fmt: skip
_REJECT: Final = (
    "reject", "rejected", "reset", "reset-both", "reset-client", "reset-server", "client-rst", "server-rst", "rst",
    "wreject", "reset_src", "reset_dst", "reset_both",
)  # fmt: skip
_VERDICTS: Final = (
    dict.fromkeys(_ALLOW, ("allow", "success"))
    | dict.fromkeys(_BLOCK, ("block", "failure"))
    | dict.fromkeys(_REJECT, ("reject", "failure"))
)


def verdict(word: str | None) -> dict[str, str | None]:
    """Give ``event_action`` and ``event_outcome`` of a verdict; an unknown word is an action without an outcome."""
    if not word:
        return {}
    action, outcome = _VERDICTS.get(word.strip().lower(), (word.strip().lower(), None))
    return {"event_action": action, "event_outcome": outcome}
