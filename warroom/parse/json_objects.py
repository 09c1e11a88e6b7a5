"""Lines become JSON objects, one each, their numbers exactly as written where no machine type holds them.

Format: RFC 8259. Of a name that stands twice in an object the last value counts, as in every common reader.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import orjson
import pyarrow.compute as pc

from warroom.parse.shapes import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

#: Numbers that a machine type may not hold: their lines are read digit by digit.
_LONG_NUMBER: Final = r"[:,\[\s]-?(?:[0-9.]{16}|[0-9.]+[eE])"
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")


def objects(text: pa.Array, rows: list[int], rejects: list[Reject]) -> Iterator[dict[str, Any]]:
    """Give the objects one by one, so that none need be held, and note what each line was."""
    exactly = pc.match_substring_regex(text, _LONG_NUMBER).to_pylist()
    for row, line in enumerate(text.to_pylist()):
        try:
            value = orjson.loads(line)
            if exactly[row]:
                value = _exact(line) or value
        except orjson.JSONDecodeError as problem:
            # too deep for one reader is too deep: how deep the other one goes differs with Python's version
            value = None if "depth limit" in problem.msg else _exact(line)
            if value is None:
                rejects.append(Reject(row, f"no JSON: {problem.msg} at character {problem.pos + 1}"))
                continue
        if type(value) is not dict:
            rejects.append(Reject(row, "no JSON object: a line of this format begins with {"))
            continue
        rows.append(row)
        yield value


def _exact(line: str) -> Any:  # noqa: ANN401 - any JSON value
    """Read what a stricter reader refuses: numbers that no machine type holds, as their digits, and half characters.

    None where it is no JSON.
    """
    try:
        value = json.loads(line, parse_int=str, parse_float=str, parse_constant=_refuse)
        return _whole(value) if _HALF.search(line) else value
    except (ValueError, RecursionError):
        return None


def _whole(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Put U+FFFD for a surrogate without its other half (RFC 8259 section 8.2): it would hide a line from the rules."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(one) for name, one in value.items()}
    return value


def _refuse(name: str) -> None:
    raise ValueError(name)
