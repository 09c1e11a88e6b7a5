"""Whether an id that a draft has belongs to another file: a stage is given to an id, so both would be moved by it."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.bench.drafts import MOST_BYTES, drafts_folder, is_put, read_draft, whose
from warroom.detect.content import UPSTREAM
from warroom.detect.rule_files import walk
from warroom.errors import ContentError, Fault, UsageError
from warroom.store.rules import stages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from warroom.bench.drafts import Draft
    from warroom.detect.content import Detector
    from warroom.store.database import State
    from warroom.store.rules.stages import Staged

#: A UUID of a document; a shorter id may be a word of the rule.
_ID: Final = re.compile(r"""^id:[ \t]*(['"]?)([0-9a-fA-F-]{36})\1[ \t]*(?:#.*)?$""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Saved:
    """The folder of the saved drafts, and what gives where somebody put rules: asked only where two have one id."""

    drafts: Path
    staged: Callable[[], Mapping[str, Staged]]


def saved_in(state: State, data_dir: Path) -> Saved:
    """Give the drafts of a state folder."""

    def staged() -> dict[str, Staged]:
        with state.read() as connection:
            return stages.staged(connection)

    return Saved(drafts_folder(data_dir), staged)


def taken(draft: Draft, detectors: Path, saved: Saved) -> str:
    """Say whose an id of a draft is already; empty where all are its own.

    A draft with the name and the id of our own detector is its new text, and has the ids of that. Of two drafts, the
    one whose file was put into a stage has the id.

    Args:
        draft: as it is written; its path tells its name, wherever it lies.
        detectors: the folder of the detectors.
        saved: the drafts.
    """
    found = [(path, one) for path in _holding(draft.ids, _files(detectors)) if (one := _read(path)) is not None]
    former = next((one for path, one in found if _is_former(draft, path.relative_to(detectors), one)), None)
    wanted = [one for one in draft.ids if former is None or one not in former.ids]
    for path, other in found:
        if shared := [one for one in wanted if one in other.ids]:
            return whose(shared[0], path.relative_to(detectors).as_posix(), other.title)
    rivals = [one for path in _holding(wanted, sorted(saved.drafts.glob("*.yml"))) if (one := _read(path))]
    others = [one for one in rivals if one.path.name != draft.path.name and {*one.ids} & {*wanted}]
    if not others:
        return ""
    put = saved.staged()
    if any(one.path.name == draft.path.name and one.rule_id == draft.rule_id and is_put(one, put) for one in rivals):
        return ""
    other = next((one for one in others if is_put(one, put)), others[0])
    return whose(next(one for one in wanted if one in other.ids), other.path.name, other.title)


def refuse_taken_ids(draft: Draft, detectors: Path, saved: Saved) -> None:
    """Refuse a draft with an id of another file. Raises UsageError."""
    if reason := taken(draft, detectors, saved):
        raise UsageError(reason)


def refuse_taken_file(file: Path, detectors: Path, saved: Saved) -> None:
    """Refuse the file of a draft likewise; one that is none has no id. Raises UsageError."""
    if (draft := _read(file)) is not None:
        refuse_taken_ids(draft, detectors, saved)


def faults_of_ids(detector: Detector, detectors: Path, saved: Saved) -> list[Fault]:
    """Give the fault of a draft with an id of another file, at the line of the id."""
    draft = _read(detector.file)
    reason = taken(draft, detectors, saved) if draft else ""
    if not reason:
        return []
    where = next((one for one in detector.documents if f" {one.data.get('id')} " in reason), detector.alerting)
    return [Fault(str(detector.file), where.line_of("id"), reason)]


def is_detectors(rule_id: str, detectors: Path) -> bool:
    """Whether a rule is in the folder of the detectors, where a draft of its id does not run."""
    return any((one := _read(path)) and one.rule_id == rule_id for path in _holding([rule_id], _files(detectors)))


def with_new_ids(text: str) -> str:
    """Give a rule's text with an id of its own for each id of its documents, wherever it is named."""
    for old in {found[2] for found in _ID.finditer(text)}:
        text = text.replace(old, str(uuid.uuid4()))
    return text


def _files(detectors: Path) -> list[Path]:
    return walk(detectors) if detectors.is_dir() else []


def _is_former(draft: Draft, place: Path, detector: Draft) -> bool:
    """Whether a detector is our own whose new text the draft is."""
    return (place.name, detector.rule_id) == (draft.path.name, draft.rule_id) and UPSTREAM not in place.parts[:-1]


def _holding(ids: Iterable[str], paths: Iterable[Path]) -> Iterator[Path]:
    """Give the files that have one of the ids anywhere in their text: few are read as YAML then."""
    wanted = [one.encode("utf-8", "replace") for one in ids if one]
    for path in paths:
        try:
            with path.open("rb") as file:
                content = file.read(MOST_BYTES)
        except OSError:
            continue
        if any(one in content for one in wanted):
            yield path


def _read(path: Path) -> Draft | None:
    try:
        return read_draft(path)
    except ContentError:
        return None
