"""Tries a rule while it is written: its text is checked and back-tested on the last hours, within a time that fits."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warroom.bench.backtest import BackTest, back_test
from warroom.bench.backtest_choice import alerting, chosen
from warroom.detect.load import load_rules
from warroom.errors import Fault
from warroom.store.database import now_us

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.detect.rules import Filter
    from warroom.detect.usual import Usual
    from warroom.store.database import State

#: Seconds after which a trial ends with what was found by then.
SECONDS: Final = 20.0
_HOUR_US: Final = 3_600_000_000
_MOST_BYTES: Final = 256 << 10
_NAME: Final = "draft.yml"


def try_rule(
    text: str,
    state: State,
    data_dir: Path,
    hours: float,
    *,
    others: Sequence[Path] = (),
    usual: Usual | None = None,
    seconds: float = SECONDS,
) -> BackTest | list[Fault]:
    """Back-test a rule that stands in no file yet.

    Args:
        text: one or several YAML documents, as a detector's file has them.
        state: the state database.
        data_dir: the state folder.
        hours: how far back from now events count.
        others: folders with rules that a correlation or a filter in the text may refer to.
        usual: what is usual, for correlations with a baseline.
        seconds: after which it ends; ``complete`` says whether it did.

    Returns:
        What it found, or what is wrong with the text: faults name the file ``draft.yml`` and the line.

    Raises:
        StoreError: stored events cannot be read.
    """
    content = text.encode(errors="replace")
    if len(content) > _MOST_BYTES:
        return [Fault(_NAME, 0, f"longer than {_MOST_BYTES >> 10} KiB")]
    with tempfile.TemporaryDirectory(prefix="warroom-draft-") as folder:
        file = Path(folder) / _NAME
        file.write_bytes(content)
        loaded = load_rules([file, *others])
        if faults := [Fault(_NAME, one.line, one.reason) for one in loaded.refused if one.file == str(file)]:
            return faults
        own = {one.id for one in loaded.rules if one.file == str(file) or _filtered(one.filters, str(file))}
        own |= {one.id for one in loaded.correlations if one.file == str(file)}
    ids = own.intersection(alerting(loaded))
    if not ids:
        return [Fault(_NAME, 0, "there is no rule in it that raises alerts")]
    now = now_us()
    ended = threading.Event()
    alarm = threading.Timer(seconds, ended.set)
    alarm.daemon = True
    alarm.start()
    try:
        since = now - int(hours * _HOUR_US)
        return back_test(state, data_dir, chosen(loaded, ids), since, now + 1, cancelled=ended, usual=usual)
    finally:
        alarm.cancel()


def _filtered(filters: Sequence[Filter], file: str) -> bool:
    return any(one.file == file for one in filters)
