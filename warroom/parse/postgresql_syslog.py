"""PostgreSQL's messages within syslog: ``[5-1]`` in front, then the prefix, a severity and the message.

https://www.postgresql.org/docs/17/runtime-config-logging.html (syslog_sequence_numbers, syslog_split_messages)
"""

from __future__ import annotations

import re
from typing import Final

from warroom.parse.postgresql import TIMES, parts_of
from warroom.parse.postgresql_messages import completed

_NUMBER: Final = re.compile(r"\[(?P<sequence>[0-9]{1,18}-[0-9]{1,9})\] ?(?P<rest>.*)", re.DOTALL)


def facts(_program: str, message: str) -> dict[str, str | None]:
    """Read one message; see programs.py for the names."""
    number = _NUMBER.fullmatch(message)
    rest = number["rest"] if number else message
    said = parts_of(rest)
    if said is None:
        return {"sequence": number["sequence"]} if number else {}
    said = {name: value for name, value in said.items() if name not in TIMES}
    said |= completed(said)
    return said | {"sequence": number["sequence"] if number else None}
