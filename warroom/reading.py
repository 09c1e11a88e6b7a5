"""What a feed says about its lines beyond their format: shared by the catalogue, which reads it, and the parsers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

#: What may stand around a line of a format: the header of a syslog message, what Docker or Kubernetes writes.
Envelope = Literal["", "syslog", "docker", "cri"]
#: What a field holds: a value of another kind makes the line a reject.
Kind = Literal["text", "integer", "number", "address", "time", "flag"]
#: How years count: of the common era, or of the Buddhist one, which is 543 ahead of it.
Era = Literal["", "buddhist"]


@dataclass(frozen=True, slots=True)
class Options:
    """How lines are to be read where their format leaves it open; empty means that the format says it.

    ``begins`` is a regular expression that the first line of a record matches from its start, where records have
    several lines. An ``envelope`` is taken off before the format is looked at. ``kinds`` says of fields what they
    hold. ``columns``, ``header``, ``delimiter``, ``assigns``, ``pattern`` and ``log_format`` describe formats without a
    form of their own: a ``header`` is a first line that names the columns, ``assigns`` what stands between a name and
    its value.
    ``time_format`` is strftime's, ``era`` how its years count. ``proxies`` are the networks whose word about a
    client's address is believed.
    """

    begins: str = ""
    envelope: Envelope = ""
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    header: bool = False
    delimiter: str = ""
    assigns: str = ""
    pattern: str = ""
    log_format: str = ""
    time_format: str = ""
    era: Era = ""
    proxies: tuple[str, ...] = ()


#: The format says it all.
PLAIN: Final = Options()
#: Why a line that says what the others hold is no event: nothing is wrong with it.
HEADER_LINE: Final = "a line of the log's header: no event"
