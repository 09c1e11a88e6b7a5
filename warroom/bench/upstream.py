"""Brings a release of SigmaHQ's rules in, by the selection that UPSTREAM.md tells; local tuning stays as it is."""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from warroom.catalog import parse_yaml
from warroom.detect.content import MANIFEST, UPSTREAM, detector_files, read_detectors
from warroom.detect.load import load_rules
from warroom.errors import ContentError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.bench.release import Release

REPOSITORY: Final = "https://github.com/SigmaHQ/sigma"
LICENCE: Final = "DRL-1.1"
_NOTE: Final = "UPSTREAM.md"
_LICENCE_FILE: Final = "LICENSE"
#: What is taken: a folder of the repository, and the log sources of which a rule has one; none: all.
SELECTION: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "rules/web/": (),
    "rules/linux/": (),
    "rules/application/": (),
    "rules-emerging-threats/": (("category", "webserver"), ("product", "linux")),
    "rules-threat-hunting/": (("product", "linux"),),
}
_ALL: Final = ", ".join(f"`{folder}`" for folder, sources in SELECTION.items() if not sources)
_TEXT: Final = """# SigmaHQ's rules, unmodified

From <{repository}> at commit `{commit}`, in that repository's
own folders. Licence: Detection Rule License 1.1 (`LICENSE`; text: <https://github.com/SigmaHQ/Detection-Rule-License>).
The licence asks that a rule's author is named wherever the rule or a match of it is shown or shared: every file
keeps its `author`.

| folder | taken |
| --- | --- |
| {all} | all, but for what `UPSTREAM.json` lists under `left_out` with the reason |
| `rules-emerging-threats/` | rules for web servers (`category: webserver`) and Linux (`product: linux`) |
| `rules-threat-hunting/` | rules for Linux |

`UPSTREAM.json` holds repository, commit and the SHA-256 of each file; `./run rules check` and a test compare them.
To change what a rule does, leave it as it is: except what it should not find by a filter in `detectors/filters/`, find
more by a detector of your own beside the others, or propose the change to SigmaHQ.
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a release would change.

    Attributes:
        files: every file that there will be, by its path.
        added, changed, removed: paths of rules.
        unchanged: how many rules stay as they are.
        left_out: path → why; what people left out before stays out, and what the engine refuses.
        orphaned: filters that name a rule that will be gone: (file and line, the name).
        affected: filters that name a rule that is changed: to be looked at again.
        commit: of the release.
        licence: the text that the release comes under.
    """

    files: dict[str, bytes]
    added: list[str]
    changed: list[str]
    removed: list[str]
    unchanged: int
    left_out: dict[str, str]
    orphaned: list[tuple[str, str]]
    affected: list[tuple[str, str]]
    commit: str
    licence: str

    @property
    def differs(self) -> bool:
        """Whether anything would change."""
        return bool(self.added or self.changed or self.removed)


def plan(release: Release, detectors: Path, commit: str) -> Plan:
    """Compare a release with what is there.

    Args:
        release: what was read.
        detectors: the detectors' folder.
        commit: of the release, 40 hexadecimal digits.

    Raises:
        UsageError: nothing of the release is in the selection, or what is there cannot be read.
    """
    place = detectors / UPSTREAM
    manifest = _manifest(place)
    chosen = {name: content for name, content in sorted(release.rules.items()) if _is_chosen(name, content)}
    if not chosen:
        raise UsageError("the release has none of the rules that are taken: is it SigmaHQ's?")
    left_out = {name: why for name, why in manifest["left_out"].items() if name in chosen}
    left_out |= _refused({name: content for name, content in chosen.items() if name not in left_out})
    rules = {name: content for name, content in chosen.items() if name not in left_out}
    before: dict[str, str] = {name: told for name, told in manifest["files"].items() if name.endswith(".yml")}
    now = {name: _digest(content) for name, content in rules.items()}
    removed = sorted(before.keys() - now.keys())
    changed = sorted(name for name in before.keys() & now.keys() if before[name] != now[name])
    gone = _ids({name: _content(place / name) for name in removed}) - _ids(rules)
    licence = release.licence or _content(place / _LICENCE_FILE)
    return Plan(
        files={_LICENCE_FILE: licence, **rules},
        added=sorted(now.keys() - before.keys()),
        changed=changed,
        removed=removed,
        unchanged=len(before.keys() & now.keys()) - len(changed),
        left_out=left_out,
        orphaned=_filters(detectors, gone),
        affected=_filters(detectors, _ids({name: rules[name] for name in changed})),
        commit=commit,
        licence=licence.decode("utf-8", "replace"),
    )


def bring_in(plan: Plan, detectors: Path) -> None:
    """Put a release in the place of what is there; where that fails, all is as it was.

    Raises:
        OSError: it could not be written.
    """
    place = detectors / UPSTREAM
    # Beside the detectors: a folder among them would be read as rules.
    with tempfile.TemporaryDirectory(dir=detectors.parent, prefix=".upstream-") as folder:
        new, old = Path(folder) / "new", Path(folder) / "old"
        for name, content in plan.files.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (new / MANIFEST).write_bytes(_manifest_of(plan))
        (new / _NOTE).write_text(_TEXT.format(repository=REPOSITORY, commit=plan.commit, all=_ALL), encoding="utf-8")
        with contextlib.ExitStack() as undone:
            if place.exists():
                place.rename(old)
                undone.callback(old.rename, place)
            new.rename(place)
            undone.pop_all()


def _manifest(place: Path) -> dict[str, Any]:
    """Read what is there; nothing where no release was ever brought in. Raises UsageError."""
    path = place / MANIFEST
    if not path.exists():
        return {"files": {}, "left_out": {}}
    try:
        found: dict[str, Any] = orjson.loads(path.read_bytes())
        if not isinstance(found["files"], dict) or not isinstance(found["left_out"], dict):
            raise TypeError("expected mappings")  # noqa: TRY301  told as all that is wrong with it
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise UsageError(f"{path}: cannot be read ({problem}): restore it from version control") from problem
    return found


def _manifest_of(plan: Plan) -> bytes:
    told = {
        "repository": REPOSITORY,
        "commit": plan.commit,
        "licence": LICENCE,
        "left_out": plan.left_out,
        "files": {name: _digest(content) for name, content in sorted(plan.files.items())},
    }
    return json.dumps(told, indent=1, ensure_ascii=False).encode() + b"\n"


def _is_chosen(name: str, content: bytes) -> bool:
    for folder, sources in SELECTION.items():
        if name.startswith(folder):
            return not sources or any(source in _logsources(name, content) for source in sources)
    return False


def _logsources(name: str, content: bytes) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    with contextlib.suppress(ContentError):  # what cannot be read is for no log source
        for document in parse_yaml(content, Path(name)):
            source = document.data.get("logsource")
            found |= {(str(key), str(value)) for key, value in source.items()} if isinstance(source, dict) else set()
    return found


def _refused(rules: Mapping[str, bytes]) -> dict[str, str]:
    """Give the rules that the engine refuses, and why."""
    with tempfile.TemporaryDirectory(prefix="rules-") as folder:
        for name, content in rules.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        faults = load_rules([Path(folder)]).refused
        return {Path(fault.file).relative_to(folder).as_posix(): fault.reason for fault in faults}


def _ids(rules: Mapping[str, bytes]) -> set[str]:
    """Give what filters may call these rules: their ids and names."""
    found: set[str] = set()
    for name, content in rules.items():
        with contextlib.suppress(ContentError):
            for document in parse_yaml(content, Path(name)):
                found |= {str(document.data[key]) for key in ("id", "name") if document.data.get(key)}
    return found


def _filters(detectors: Path, names: set[str]) -> list[tuple[str, str]]:
    """Give the local filters that name one of some rules."""
    found: list[tuple[str, str]] = []
    for one in read_detectors(detector_files(detectors))[0]:
        told = one.alerting.data.get("filter")
        rules = told.get("rules") if isinstance(told, dict) else None
        if isinstance(rules, list):
            line = one.alerting.line_of
            found += [
                (f"{one.file}:{line('filter', 'rules', number)}", str(rule))
                for number, rule in enumerate(rules)
                if rule in names
            ]
    return found


def _content(path: Path) -> bytes:
    with contextlib.suppress(OSError):
        return path.read_bytes()
    return b""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
