"""Compiles what every start would have to wait for, and the first large log: `./run` asks for it once."""

from __future__ import annotations

import compileall
import contextlib
import tempfile
from pathlib import Path
from typing import Final

from warroom.machine.compiling import LARGE

_JSON: Final = '{"ts": "2026-01-01T00:00:00Z", "EventID": 1, "a": {"b": [1, "two", null, true]}, "Image": "C:%d%s"}\n'
_ACCESS: Final = (
    '192.0.2.%d - - [01/Jan/2026:00:00:00 +0000] "GET /%s?q=union%%20select HTTP/1.1" 200 5 "-" "Mozilla/5.0"\n'
)
_PADDING: Final = "x" * 1000
_PACKAGE: Final = Path(__file__).parent.parent


def compile_ahead() -> None:
    """Compile our modules, and scan a little more than ``LARGE`` of each kind of log, with the rules that ship."""
    from warroom.commands.scan import scan

    # Python itself keeps what it compiled only where PYTHONDONTWRITEBYTECODE is not set, as in most container images.
    compileall.compile_dir(_PACKAGE, quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        for name, line in (("json", _JSON), ("access", _ACCESS)):
            lines = (line % (number % 250, _PADDING) for number in range(2 * LARGE // len(_PADDING)))
            log = Path(folder, f"{name}.log")
            log.write_text("".join(lines), encoding="ascii")
            with contextlib.suppress(SystemExit):  # something matched
                scan(paths=[log], output=Path(folder, "matches"))


if __name__ == "__main__":
    compile_ahead()
