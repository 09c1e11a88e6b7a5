"""Which channel gets which message, when, and how many: pure rules.

In a storm a channel gets its measure of messages a minute; the last of them stands for all the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from warroom.model import Severity
from warroom.store.outbox import Channel, Message

MINUTE_US: Final = 60_000_000
DAY_MINUTES: Final = 1440
#: The first attempt after a failure comes so much later, and each further one after twice as long …
_FIRST_PAUSE_US: Final = 30_000_000
#: … but not longer than this,
_LONGEST_PAUSE_US: Final = 3_600_000_000
#: and after so many attempts none comes any more: half a day.
MOST_TRIES: Final = 16


@dataclass(frozen=True, slots=True)
class Share:
    """What of a channel's waiting messages is done now: sent one by one, or told by one message together."""

    single: tuple[Message, ...]
    folded: tuple[Message, ...]


def wants(channel: Channel, severity: Severity, platform_id: str) -> bool:
    """Whether a channel of everybody's gets a message about an incident of a platform."""
    return (
        channel.enabled
        and not channel.personal
        and severity.rank >= channel.least_severity.rank
        and (channel.platforms is None or platform_id in channel.platforms)
    )


def quiet_for(channel: Channel, severity: Severity, minute: int) -> int:
    """Give the minutes that a message waits for the end of the quiet hours; 0 where it need not.

    Args:
        channel: where it goes.
        severity: of what it tells; what is critical never waits.
        minute: of Bangkok's day, now.
    """
    begin, end = channel.quiet_from, channel.quiet_to
    if severity is Severity.CRITICAL or begin is None or end is None or begin == end:
        return 0
    if (minute - begin) % DAY_MINUTES >= (end - begin) % DAY_MINUTES:
        return 0
    return (end - minute) % DAY_MINUTES


def share(waiting: Sequence[Message], room: int) -> Share:
    """Share a channel's room out: the worst and then the oldest go by themselves, the rest in one message.

    Args:
        waiting: messages for one channel that may go now.
        room: messages that the channel still takes in this minute.
    """
    if room <= 0:
        return Share((), ())
    ordered = sorted(waiting, key=lambda one: (one.kind != "test", -one.severity.rank, one.id))
    if len(ordered) <= room:
        return Share(tuple(ordered), ())
    return Share(tuple(ordered[: room - 1]), tuple(ordered[room - 1 :]))


def pause_us(tries: int) -> int:
    """Give how long a message waits after its so-manyth attempt failed, in microseconds."""
    return min(_LONGEST_PAUSE_US, _FIRST_PAUSE_US << min(max(0, tries - 1), 20))
