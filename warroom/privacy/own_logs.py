"""Takes identifiers of people out of the product's own logs, whoever writes a record and through whichever door."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, Final, TextIO

from warroom.privacy.find import find
from warroom.privacy.masking import mask
from warroom.privacy.pseudonyms import pseudonym

#: More of one text is never written: what a program complains about may be a whole line of a log.
LONGEST: Final = 2000
#: … and of a traceback, of which the end says most.
_LONGEST_TRACEBACK: Final = 20_000
#: Looked at beyond what is written, so that no half of an identifier is left at the cut.
_BEYOND: Final = 200
_CUT: Final = "…"
#: Our own words, and what has to stay a number for whoever reads the log by machine.
_OURS: Final = frozenset(("event", "level", "timestamp"))
#: Smaller numbers are nobody's.
_SMALLEST_IDENTIFIER: Final = 10**8
_MOST_LEVELS: Final = 4
_MOST_ITEMS: Final = 200


class OwnLogs:
    """Puts a keyed hash in the place of each identifier; without a key, what masking leaves of it.

    A key's own words count as they do in any text: a bare number under ``cid`` is a citizen id.
    """

    def __init__(self, key: bytes | None) -> None:
        self._key = key

    def text(self, text: str, longest: int = LONGEST) -> str:
        """Give a text without identifiers, cut to ``longest`` characters after they were taken out."""
        seen = text[: longest + _BEYOND]
        if self._key is None:
            shown = mask(seen)
        else:
            pieces: list[str] = []
            behind = 0
            for one in find(seen):
                pieces += seen[behind : one.begin], pseudonym(one.kind, seen[one.begin : one.end], self._key)
                behind = one.end
            shown = "".join((*pieces, seen[behind:]))
        if len(text) <= longest and len(shown) <= longest + _BEYOND:
            return shown
        return f"{shown[:longest]}{_CUT}"

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Stand among structlog's processors, before what renders."""
        return {
            self.text(name): self.text(value) if name in _OURS and isinstance(value, str) else self._value(name, value)
            for name, value in event.items()
        }

    def _value(self, name: str, value: object, level: int = 0) -> object:
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int):
            return value if abs(value) < _SMALLEST_IDENTIFIER else self._under(name, str(value), value)
        if level < _MOST_LEVELS and isinstance(value, Mapping):
            some = list(value.items())[:_MOST_ITEMS]
            return {self.text(str(key)): self._value(str(key), one, level + 1) for key, one in some}
        if level < _MOST_LEVELS and isinstance(value, list | tuple | set | frozenset):
            return [self._value(name, one, level + 1) for one in list(value)[:_MOST_ITEMS]]
        told = value if isinstance(value, str) else str(value)
        return self._under(name, told, told)

    def _under(self, name: str, told: str, plain: object) -> object:
        """Give a value as it stands behind its name; unchanged, of its own kind, where nothing was found in it."""
        before = f"{name}="
        shown = self.text(before + told, LONGEST + len(before))
        return plain if shown == before + told else shown.removeprefix(self.text(before, LONGEST + len(before)))

    def install(self) -> None:
        """Take identifiers out of all records of ``logging``, of warnings, and of errors that nobody caught.

        Records are changed where they are made, so no handler or formatter of any package sees them as they were.
        """
        logging.setLogRecordFactory(self._record)
        warnings.showwarning = self._warned
        sys.excepthook = self._uncaught
        threading.excepthook = lambda told: self._uncaught(
            told.exc_type, told.exc_value or told.exc_type(), told.exc_traceback
        )

    def _record(self, *args: Any, **more: Any) -> logging.LogRecord:  # noqa: ANN401  as `logging` calls it
        record = logging.LogRecord(*args, **more)
        try:
            told = record.getMessage()
        except (TypeError, ValueError, KeyError):  # a template that its arguments do not fit
            told = f"{record.msg!s} {record.args!r}"
        record.msg, record.args = self.text(told), None
        if record.exc_info and record.exc_info[1] is not None:
            # Formatters take this text where it is there already.
            record.exc_text = self._traceback(record.exc_info[1])
        return record

    def _traceback(self, problem: BaseException) -> str:
        told = "".join(traceback.format_exception(problem))
        return self.text(told[-_LONGEST_TRACEBACK:], _LONGEST_TRACEBACK).rstrip("\n")

    def _warned(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,  # noqa: ARG002
        line: str | None = None,
    ) -> None:
        sys.stderr.write(f"{self.text(warnings.formatwarning(message, category, filename, lineno, line).rstrip())}\n")

    def _uncaught(self, kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, problem, trace)
            return
        sys.stderr.write(f"{self._traceback(problem.with_traceback(trace))}\n")
