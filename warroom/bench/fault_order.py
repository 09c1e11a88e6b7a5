"""Faults of detectors as a person reads them: by file and line, each thing told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warroom.errors import Fault

#: How a text is named that a scaffold left; where the same line is at fault otherwise, that says more.
_LEFT: Final = "still to be written: "


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Sort faults by file and line, and leave out what another one tells.

    The engine and the check of content look at the same files: what both of them miss, in whichever words behind the
    colon, is told once.
    """
    once: dict[tuple[str, int, str], Fault] = {}
    for fault in faults:
        about = fault.reason if fault.reason.startswith(_LEFT) else fault.reason.partition(": ")[0]
        if about.startswith("`custom"):  # a key of it stands behind the colon
            about = fault.reason
        once.setdefault((fault.file, fault.line, about), fault)
    found = list(once.values())
    told = {(one.file, one.line) for one in found if not one.reason.startswith(_LEFT)}
    found = [one for one in found if not one.reason.startswith(_LEFT) or (one.file, one.line) not in told]
    return sorted(found, key=lambda one: (one.file, one.line))
