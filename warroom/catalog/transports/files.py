"""Files and folders: which ones are followed."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from warroom.catalog.values import Values

KEYS: Final = ("paths",)


@dataclass(frozen=True, slots=True)
class Files:
    """Whole paths or patterns of the files that a feed follows."""

    paths: tuple[str, ...]


def read(values: Values, data_dir: Path, *, reference: Path | None = None) -> Files:
    """Read ``collect`` of a feed of files.

    ``data_dir`` is what ``{data}`` stands for, ``reference`` what ``{reference}`` does; None: there is none.
    """
    places = {"{data}": data_dir} | ({} if reference is None else {"{reference}": reference})
    found = values.value("collect", "paths")
    if not isinstance(found, list) or not found:
        reason = '`collect.paths` is a list of files or patterns, such as ["/var/log/nginx/*.log*"]'
        values.fault(reason, "collect", "paths")
        return Files(())
    paths: list[str] = []
    for number, entry in enumerate(found):
        place = ("collect", "paths", number)
        if not isinstance(entry, str) or not entry:
            values.fault("a path is a text", *place)
            continue
        path = entry
        for name, folder in places.items():
            path = path.replace(name, glob.escape(str(folder)))
        if "\0" in path or "{" in path or "}" in path:
            more = "" if reference is None else "; and {reference}, what is shipped"
            values.fault(f"the only placeholder in a path is {{data}}, the state folder{more}", *place)
        elif not Path(path).is_absolute() or ".." in Path(path).parts:
            values.fault(f"`{entry}`: give a whole path from / or {{data}}, without `..`", *place)
        else:
            paths.append(path)
    return Files(tuple(paths))
