"""Brings drafts into the folder of detectors as a patch to review: a unified diff, and nothing is written."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from warroom.bench.drafts import MOST_BYTES, read_drafts
from warroom.bench.name_taken import taken
from warroom.detect.content import detector_files, read_detectors
from warroom.detect.sample_files import samples_of
from warroom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from warroom.bench.drafts import Draft
    from warroom.store.rules.stages import Staged

#: Where filters lie among the detectors.
_FILTERS: Final = "filters"
_NO_END: Final = "\\ No newline at end of file\n"


def patch(
    drafts: Path, detectors: Path, rule_ids: Collection[str] = (), staged: Mapping[str, Staged] | None = None
) -> str:
    """Give the diff that brings drafts, with their samples, into the detectors; empty where nothing differs.

    A draft with the id of a detector becomes its new text; another one a new file in the folder of its log source.

    Args:
        drafts: folder of the drafts.
        detectors: folder of the detectors; paths in the diff begin with its name, as for ``git apply``.
        rule_ids: only these; none given, all drafts.
        staged: where somebody put rules: of several drafts with one id, that one is meant.

    Raises:
        UsageError: a draft has the name of a detector with another id, which the patch would replace, or an id of
            another draft.
    """
    found, _ = read_drafts(drafts, staged)
    known = {str(one.alerting.data.get("id")): one.file for one in read_detectors(detector_files(detectors))[0]}
    chosen = [draft for rule_id, draft in found.items() if not rule_ids or rule_id in rule_ids]
    parts: list[str] = []
    for draft in chosen:
        if draft.taken:
            raise UsageError(f"{draft.path.name}: {draft.taken}")
        target = known.get(draft.rule_id)
        if target is None:
            if reason := taken(draft.path.stem, draft.rule_id, detectors):
                raise UsageError(f"{draft.path.name}: {reason}")
            target = place_of(draft, detectors)
        pairs = [(draft.path, target)]
        if samples_of(draft.path).is_file():
            pairs.append((samples_of(draft.path), samples_of(target)))
        for new, old in pairs:
            parts += _diff(_lines(new), _lines(old), f"{detectors.name}/{old.relative_to(detectors).as_posix()}")
    return "".join(parts)


def place_of(draft: Draft, detectors: Path) -> Path:
    """Give the file that a draft is to become: in the folder that its name begins with."""
    if draft.is_filter:
        return detectors / _FILTERS / draft.path.name
    folders = sorted((one.name for one in detectors.iterdir() if one.is_dir()), key=len, reverse=True)
    begun = next((name for name in folders if draft.path.name.startswith(f"{name}_")), None)
    return detectors / (begun or draft.path.name.partition("_")[0]) / draft.path.name


def _lines(file: Path) -> list[str]:
    """Give the lines of a file, none where there is none; one that is longer than a draft may be is cut."""
    try:
        with file.open("rb") as opened:
            text = opened.read(MOST_BYTES).decode(errors="replace")
    except FileNotFoundError:
        return []
    # not `splitlines`: to git, a line ends at a line feed and nowhere else
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _diff(new: list[str], old: list[str], name: str) -> Iterator[str]:
    before, after = f"a/{name}" if old else "/dev/null", f"b/{name}"
    for line in difflib.unified_diff(old, new, before, after):
        yield line
        if not line.endswith("\n"):
            yield f"\n{_NO_END}"
