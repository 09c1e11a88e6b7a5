"""Drafts of rules and of feeds as a backup takes them along: which files of a state folder they are.

No table names them: people write them, from the console and by hand. So a backup takes what it finds, by narrow rules:
plain names, of the folders and endings that drafts have, files of a bounded size and so many.
"""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

#: Folders below the state folder that hold drafts of rules, and of feeds.
RULES: Final = "drafts"
FEEDS: Final = "feeds-drafts"
FOLDERS: Final = (RULES, FEEDS)
#: Bytes of one file, and files of one folder: drafts and the samples beside them.
MOST_BYTES: Final = 256 << 10
MOST_FILES: Final = 1_000
#: Where drafts lie, and how their files end.
_PLACES: Final = {
    RULES: (".yml", ".samples.yaml"),
    FEEDS: (".yml",),
    f"{FEEDS}/samples": (".log",),
}
#: Files of all folders together.
MOST_OF_ALL: Final = MOST_FILES * len(_PLACES)
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,119}")


def is_draft(path: str) -> bool:
    """Whether a path, relative and with slashes, is one that a draft's file can have."""
    folder, _, name = path.rpartition("/")
    return bool(_NAME.fullmatch(name)) and name.endswith(_PLACES.get(folder, ()))


def draft_files(data_dir: Path) -> tuple[list[str], dict[str, str]]:
    """Give the drafts' files of a state folder, relative, and those that cannot be taken along, with the reason.

    What does not end as a draft's file does is none and is passed over, and so is what goes away meanwhile.
    """
    names: list[str] = []
    faults: dict[str, str] = {}
    for folder, endings in _PLACES.items():
        place = data_dir / folder
        if place.is_symlink() or not place.is_dir():
            continue
        found = sorted(one for one in place.iterdir() if one.name.endswith(endings) and not one.name.startswith("."))
        if len(found) > MOST_FILES:
            faults[folder] = f"more than {MOST_FILES} files of drafts: the last {len(found) - MOST_FILES} are left out"
        for path in found[:MOST_FILES]:
            name = f"{folder}/{path.name}"
            try:
                fault = _fault(path, name)
            except FileNotFoundError:
                continue
            if fault is None:
                names.append(name)
            else:  # a name may hold bytes that are no text
                faults[name.encode("utf-8", "backslashreplace").decode()] = fault
    return names, faults


def _fault(path: Path, name: str) -> str | None:
    told = path.lstat()
    if not stat.S_ISREG(told.st_mode):
        return "no file"
    if not is_draft(name):
        return "no plain name of at most 120 letters, digits, `.`, `_` and `-`"
    if told.st_size > MOST_BYTES:
        return f"more than {MOST_BYTES >> 10} KiB"
    return None
