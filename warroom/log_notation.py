"""Formats of access logs as administrators write them: ``log_format`` and ``LogFormat`` become patterns.

Sources: https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format and the variables of its other modules,
https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats. Whole directives are understood, too.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Final

#: A format longer than this, or with more fields, is none that anybody wrote.
_LONGEST: Final = 4096
_MOST: Final = 100
_VARIABLE: Final = re.compile(r"\$(?:\{([a-zA-Z0-9_]{1,64})\}|([a-zA-Z0-9_]{1,64}))")
_DIRECTIVE: Final = re.compile(r"%[!<>,0-9]{0,40}(?:\{([^}]{1,128})\})?[<>]?(\^t[io]|[a-zA-Z%])")
_QUOTES: Final = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""")

_NUMBER: Final = r"-|[0-9]{1,18}"
_WORD: Final = r"[^ ]*?"
_ANY: Final = r".*?"
_IN_QUOTES: Final = r'(?:[^"\\]|\\.)*'
#: nginx: what variables hold, where it is more telling than the text behind them.
_NGINX: Final = {
    "status": r"[0-9]{3}|-",
    "body_bytes_sent": _NUMBER,
    "bytes_sent": _NUMBER,
    "request_length": _NUMBER,
    "remote_port": _NUMBER,
    "server_port": _NUMBER,
    "remote_addr": r"[^ ,]*",
    "time_local": r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}",
    "time_iso8601": r"[0-9T:.Z+-]{19,32}",
    "msec": r"[0-9]{1,12}\.[0-9]{3}",
    "request_method": r"[^ ]*",
    "scheme": r"[a-z]*",
    "pipe": r"[p.]",
}
#: Apache: letter of a directive → name of the field and what it holds.
_APACHE: Final = {
    "h": ("remote_host", _WORD),
    "a": ("remote_addr", _WORD),
    "A": ("local_addr", _WORD),
    "l": ("remote_logname", _WORD),
    "u": ("remote_user", _ANY),
    "t": ("time", r"\[[^\]]{10,64}\]"),
    "r": ("request", _ANY),
    "s": ("status", r"[0-9]{3}|-"),
    "b": ("bytes", _NUMBER),
    "B": ("bytes", _NUMBER),
    "O": ("bytes_out", _NUMBER),
    "I": ("bytes_in", _NUMBER),
    "S": ("bytes_transferred", _NUMBER),
    "D": ("time_us", _NUMBER),
    "T": ("time_s", _NUMBER),
    "v": ("vhost", _WORD),
    "V": ("server_name", _WORD),
    "p": ("port", _NUMBER),
    "P": ("pid", _WORD),
    "m": ("method", _WORD),
    "U": ("url_path", r"[^?]*?"),
    "q": ("query", r"(?:\?[^ ]*)?"),
    "H": ("protocol", _WORD),
    "f": ("filename", _ANY),
    "X": ("connection_status", "[X+-]"),
    "k": ("keepalive_requests", _NUMBER),
    "L": ("log_id", _WORD),
    "R": ("handler", _WORD),
}
#: Apache: letter of a directive with a name in braces → what stands before that name.
_NAMED: Final = {"i": "", "o": "response.", "C": "cookie.", "e": "env.", "n": "note.", "x": "ssl.", "ti": "trailer.",
                 "to": "response_trailer.", "c": "ssl."}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression of RE2's kind with groups ``g0``, ``g1`` …, and the fields that they are."""

    expression: str
    names: tuple[str, ...]


class FormatError(ValueError):
    """A format cannot be read; its text says why."""


@functools.lru_cache(maxsize=256)
def compiled(log_format: str, style: str) -> Pattern:
    """Make a pattern of a format; ``style`` is ``nginx`` or ``apache``. Raises FormatError."""
    if len(log_format) > _LONGEST:
        raise FormatError(f"log_format is longer than {_LONGEST} characters")
    text = _bare(log_format.strip(), style)
    pieces = _nginx(text) if style == "nginx" else _apache(text)
    names: list[str] = []
    expression = ""
    for place, (literal, name, holds) in enumerate(pieces):
        expression += re.escape(literal).replace(r"\ ", " ")
        if name is None:
            continue
        after = pieces[place + 1][0] if place + 1 < len(pieces) else ""
        quoted = literal.endswith('"') and after.startswith('"')
        inside = _IN_QUOTES if quoted and holds in (_ANY, _WORD) else holds
        expression += f"(?P<g{len(names)}>{inside})"
        names.append(_unique(name, names))
    if not names:
        raise FormatError(
            f"log_format names no {'variable, such as $remote_addr' if style == 'nginx' else 'directive, such as %h'}"
        )
    if len(names) > _MOST:
        raise FormatError(f"log_format has more than {_MOST} fields")
    return Pattern(f"(?s)^{expression}$", tuple(names))


def _bare(text: str, style: str) -> str:
    """Take the format out of a whole directive, and out of its quotes."""
    if style == "nginx":
        if text.startswith("log_format"):
            pieces = [one or two for one, two in _QUOTES.findall(text)]
            return "".join(pieces).replace("\\'", "'").replace('\\"', '"')
        if "'" in text and text[:1] == text.rstrip(";")[-1:] == "'":
            return "".join(one or two for one, two in _QUOTES.findall(text))
        return text
    if text.startswith("LogFormat"):
        quoted = _QUOTES.search(text)
        text = text.removeprefix("LogFormat").strip() if quoted is None else quoted[1] or quoted[2]
    return text.replace('\\"', '"').replace("\\t", "\t").replace("\\\\", "\\")


def _nginx(text: str) -> list[tuple[str, str | None, str]]:
    pieces: list[tuple[str, str | None, str]] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        name = found[1] or found[2]
        pieces.append((text[end : found.start()], name, _NGINX.get(name, _ANY)))
        end = found.end()
    return [*pieces, (text[end:], None, "")]


def _apache(text: str) -> list[tuple[str, str | None, str]]:
    pieces: list[tuple[str, str | None, str]] = []
    literal, end = "", 0
    while end < len(text):
        if text[end] != "%":
            literal += text[end]
            end += 1
            continue
        found = _DIRECTIVE.match(text, end)
        if found is None:
            raise FormatError(f"LogFormat: no directive at character {end + 1}: `{text[end : end + 8]}`")
        end = found.end()
        argument, letter = found[1], found[2].lstrip("^")
        if letter == "%":
            literal += "%"
            continue
        name, holds = _field(argument, letter)
        pieces.append((literal, name, holds))
        literal = ""
    return [*pieces, (literal, None, "")]


def _field(argument: str | None, letter: str) -> tuple[str, str]:
    if argument is not None and letter in _NAMED:
        return _NAMED[letter] + argument, _ANY
    if argument is not None and letter == "t":
        bare = argument.removeprefix("begin:").removeprefix("end:")
        # as strftime writes it: what stands between its parts is as it was given
        parts = (re.escape(piece) for piece in re.split(r"%[A-Za-z]", bare))
        return ("time", r"[0-9A-Za-z:+-]+?".join(parts)) if "%" in bare else (f"time_{bare}", r"[0-9]{1,20}")
    if argument is not None and letter == "T":
        return {"ms": "time_ms", "us": "time_us"}.get(argument, "time_s"), _NUMBER
    if argument is not None and letter == "a":
        return "peer_addr", _WORD
    if argument is not None and letter == "p":
        return {"remote": "remote_port", "local": "local_port"}.get(argument, "port"), _NUMBER
    if letter not in _APACHE:
        raise FormatError(f"LogFormat: there is no directive `%{letter}`")
    return _APACHE[letter]


def _unique(name: str, names: list[str]) -> str:
    """Tell a field that is logged twice from the first."""
    return name if name not in names else next(one for n in range(2, _MOST + 3) if (one := f"{name}_{n}") not in names)
