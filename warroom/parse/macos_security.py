"""The log of macOS' security daemon: ``Feb 26 19:11:56 secd[1] <Error> [user{} ]: caller message``, no host in it.

Format: as securityd and asl write /var/log/security.log; there is no document of its maker. The year is left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warroom.parse.records import Event, read_lines
from warroom.parse.wall_time import WallTime

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_TIME: Final = r"(?P<time>[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2}) "
_LINE: Final = re.compile(
    _TIME
    + r"(?P<sender>[^\s\[\]]{1,128})\[(?P<pid>[0-9]{1,9})\] <(?P<level>[A-Za-z]{1,16})> \[(?P<api>[^\s\]]{0,200}) ?"
    r"(?P<client>[^\]]{0,200})\]: ?(?P<message>.*)"
)
_REPEATED: Final = re.compile(_TIME + r"--- last message repeated (?P<times>[0-9]{1,9}) times? ---")
_CALLER: Final = re.compile(r"(?P<function>[A-Za-z_]\w{0,127}) (?P<process>[^\s\[\]]{1,128}\[[0-9]{1,9}\]) ")
_EXPECTED: Final = "no line of macOS' security log: expected `Mon day time sender[pid] <Level> [api]: message`"


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read lines; rows are indices into ``text``."""
    wall = WallTime(context)

    def read(line: str) -> Event | str:
        if repeated := _REPEATED.fullmatch(line):
            fields = {"repeated": repeated["times"]}
            return Event(fields, {"event_action": "message_repeated"}, wall.iso(repeated["time"]))
        found = _LINE.fullmatch(line)
        if found is None:
            return _EXPECTED
        caller = _CALLER.match(found["message"])
        fields = {name: found[name] or None for name in ("level", "api", "client")} | (
            caller.groupdict() if caller else {}
        )
        core = {
            "message": found["message"][caller.end() if caller else 0 :],
            "process_name": found["sender"],
            "process_pid": found["pid"],
        }
        return Event(fields, core, wall.iso(found["time"]))

    return read_lines(text, context, read)
