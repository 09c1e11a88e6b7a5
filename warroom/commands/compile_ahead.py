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
#: One of each kind of text that is looked for, where it is looked for, and so many events that it is worth it.
_LISTED: Final = (
    ("ipv4", "192.0.2.0/24"),
    ("domain", "a.example"),
    ("url", "http://a.example/"),
    ("email", "a@a.example"),
    ("md5", "0" * 32),
    ("user_agent", "a"),
)
_COMPARED: Final = (
    "source_ip", "url_domain", "http_request_referrer", "user_name", "file_hash_sha256", "user_agent_original",
)  # fmt: skip
_EVENTS: Final = 1 << 12
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
    _compare_ahead()


def _compare_ahead() -> None:
    """Compile what compares events with indicators, and what tells the countries of addresses."""
    import numpy as np
    import pyarrow as pa

    from warroom.enrich.countries import countries
    from warroom.indicators import INDICATORS
    from warroom.intel.index import FeedFacts, Part, build
    from warroom.intel.matching import match
    from warroom.machine.compiling import can_compile

    if not can_compile():
        return
    rows = [{"kind": kind, "value": value, "origin": "ahead"} for kind, value in _LISTED]
    part = Part(
        FeedFacts("ahead", "", "", 0, "clear", None),
        pa.Table.from_pylist(rows, INDICATORS),
        np.ones(len(rows), np.uint8),
    )
    texts = {name: pa.array(["192.0.2.1"] * _EVENTS) for name in _COMPARED}
    events = pa.RecordBatch.from_pydict(texts | {"source_geo_country_iso_code": pa.nulls(_EVENTS, pa.string())})
    match(events, build([part], compiled=True))
    if (known := countries()) is not None:
        known.add(events)


if __name__ == "__main__":
    compile_ahead()
