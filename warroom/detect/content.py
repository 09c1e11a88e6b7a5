"""Checks the project's own detectors and filters beyond what the engine needs: names, tags, two languages, samples."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from warroom.catalog import Document, read_yaml
from warroom.catalog.ncsa import load_ncsa
from warroom.catalog.world import attack_version, load_technique_names
from warroom.detect.rule_files import walk
from warroom.detect.sample_files import SUFFIX, samples_in, samples_of
from warroom.errors import ContentError, Fault
from warroom.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Rules of others lie here, unmodified; its manifest says which and in what state.
UPSTREAM: Final = "upstream"
MANIFEST: Final = "UPSTREAM.json"
#: The texts that a person reads, under ``custom``; the title and description in English are Sigma's own keys.
CUSTOM: Final = ("title_th", "description_th", "advice_th", "advice_en")
#: A filter raises nothing, so there is nothing to advise.
_CUSTOM_OF_FILTERS: Final = CUSTOM[:2]

#: Detectors of web attacks need so many samples of each side: attackers write the same thing in many ways.
_WEB: Final = "webserver"
_CASES_OF_WEB: Final = 3

#: How a text begins that a scaffold leaves to a person.
REPLACE: Final = "REPLACE:"
#: Drafts of all log sources lie in one folder.
_DRAFTS: Final = "drafts"
NAME: Final = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")
_MAX_NAME: Final = 70
_MAX_TITLE: Final = 256
_STATUSES: Final = ("stable", "test", "experimental", "deprecated")
_LEVELS: Final = ("informational", "low", "medium", "high", "critical")
#: MITRE ATT&CK Enterprise, https://attack.mitre.org/tactics/enterprise/
_TACTICS: Final = (
    "reconnaissance|resource-development|initial-access|execution|persistence|privilege-escalation|defense-evasion|"
    "credential-access|discovery|lateral-movement|collection|command-and-control|exfiltration|impact"
)
_TAG: Final = re.compile(
    rf"attack\.(?:{_TACTICS}|t\d{{4}}(?:\.\d{{3}})?|[gs]\d{{4}})|cve\.\d{{4}}-\d{{4,}}|tlp\.[a-z+-]+"
)


@dataclass(frozen=True, slots=True)
class Detector:
    """One of the project's own files: the document that raises the alert and those that only serve it, or a filter."""

    file: Path
    documents: tuple[Document, ...]

    @property
    def alerting(self) -> Document:
        """The correlation where there is one, else the rule."""
        return next((document for document in self.documents if "correlation" in document.data), self.documents[0])

    @property
    def is_filter(self) -> bool:
        """Whether it raises nothing and tunes rules."""
        return "filter" in self.alerting.data

    @property
    def custom(self) -> Mapping[str, Any]:
        """Thai texts and advice."""
        found = self.alerting.data.get("custom")
        return found if isinstance(found, dict) else {}


def detector_files(folder: Path) -> list[Path]:
    """List the project's own detector files below a folder: all rules but those of others."""
    found = (path for path in walk(folder) if path.suffix == ".yml")
    return [path for path in found if UPSTREAM not in path.relative_to(folder).parts[:-1]]


def read_detectors(files: Iterable[Path]) -> tuple[list[Detector], list[Fault]]:
    """Read detector files; one that cannot be read is a fault."""
    detectors: list[Detector] = []
    faults: list[Fault] = []
    for file in files:
        try:
            documents = read_yaml(file)
        except ContentError as problem:
            faults.append(problem.fault)
            continue
        if documents:
            detectors.append(Detector(file, tuple(documents)))
        else:
            faults.append(Fault(str(file), 0, "empty: write a rule or remove the file"))
    return detectors, faults


def faults_of(detectors: Iterable[Detector]) -> list[Fault]:
    """Give every fault of the project's own detectors, each with what to do."""
    faults: list[Fault] = []
    ids: dict[str, str] = {}
    titles: dict[str, str] = {}
    for detector in detectors:
        faults += _name_faults(detector)
        faults += _text_faults(detector)
        faults += _sample_faults(detector)
        faults += [fault for document in detector.documents for fault in _left_faults(document)]
        for document in detector.documents:
            for key, seen in (("id", ids), ("title", titles)):
                value = str(document.data.get(key, "")).casefold()
                here = f"{detector.file.name}:{document.line}"
                if value and seen.setdefault(value, here) != here:
                    reason = f"the {key} `{value}` already stands in {seen[value]}: give this one its own"
                    faults.append(_fault(document, reason, key))
    return faults


def upstream_faults(folder: Path) -> list[Fault]:
    """Compare the rules of others with their manifest: changed, missing and unlisted files are faults."""
    place = folder / UPSTREAM
    manifest = place / MANIFEST
    if not place.is_dir():
        return []
    try:
        listed: dict[str, str] = json.loads(manifest.read_bytes())["files"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        return [Fault(str(manifest), 0, f"cannot be read ({problem}): restore it from version control")]
    faults: list[Fault] = []
    for name, digest in listed.items():
        path = place / name
        if not path.is_file():
            faults.append(Fault(str(path), 0, f"is missing: restore it, or take it out of {MANIFEST}"))
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            reason = "was changed: restore it, and put your version beside the project's own detectors"
            faults.append(Fault(str(path), 0, reason))
    faults += (
        Fault(str(path), 0, f"is not in {MANIFEST}: only the repository's own files belong here")
        for path in sorted(place.rglob("*.yml"))
        if path.relative_to(place).as_posix() not in listed
    )
    return faults


def spelt_otherwise(rule_id: object) -> str:
    """Say how an id is to be written that the engine takes for the same as in small letters with hyphens; else empty.

    Ids are compared as they are written: one in capitals would pass for another one's.
    """
    try:
        meant = str(uuid.UUID(rule_id)) if isinstance(rule_id, str) else rule_id
    except ValueError:
        return ""
    return "" if meant == rule_id else f"write this `id` as {meant}"


def _name_faults(detector: Detector) -> Iterator[Fault]:
    file, folder = detector.file, detector.file.parent.name
    begin = "" if detector.is_filter or folder == _DRAFTS else f"{folder}_"
    if not NAME.fullmatch(file.stem) or len(file.stem) > _MAX_NAME or not file.stem.startswith(begin):
        wanted = folder if begin else "<log source>"
        yield Fault(str(file), 0, f"name it {wanted}_<behaviour>.yml, in small letters, digits and _")
    alerting = detector.alerting
    served = {name for one in detector.documents for name in _served(one)}
    for document in detector.documents:
        if not _is_text(document.data.get("id")):
            yield _fault(document, "`id` is missing: give it a UUID of version 4", "id")
        elif reason := spelt_otherwise(document.data["id"]):
            yield _fault(document, reason, "id")
        if document is not alerting and document.data.get("name") not in served:
            yield _fault(document, "one detector a file: put this rule into a file of its own", "title")


def _served(document: Document) -> list[Any]:
    correlation = document.data.get("correlation")
    rules = correlation.get("rules") if isinstance(correlation, dict) else None
    return rules if isinstance(rules, list) else []


def _text_faults(detector: Detector) -> Iterator[Fault]:
    document = detector.alerting
    data = document.data
    for key in ("title", "description", "author"):
        if not _is_text(data.get(key)):
            yield _fault(document, f"`{key}` is missing: write it", key)
    if len(str(data.get("title", ""))) > _MAX_TITLE:
        yield _fault(document, f"`title` is longer than {_MAX_TITLE} characters: shorten it", "title")
    for key in _CUSTOM_OF_FILTERS if detector.is_filter else CUSTOM:
        if not _is_text(detector.custom.get(key)):
            yield _fault(document, f"`custom: {key}` is missing: every text has a Thai and an English form", "custom")
    if not detector.is_filter:
        yield from _alert_faults(document)


def _alert_faults(document: Document) -> Iterator[Fault]:
    """Give the faults of what an alert tells besides texts."""
    for key, allowed in (("status", _STATUSES), ("level", _LEVELS)):
        if document.data.get(key) not in allowed:
            yield _fault(document, f"`{key}` must be one of {', '.join(allowed)}", key)
    if not _entries(document, "falsepositives"):
        yield _fault(document, "`falsepositives` needs at least one entry", "falsepositives")
    yield from _tag_faults(document)
    custom = document.data.get("custom")
    custom = custom if isinstance(custom, dict) else {}
    category, playbook = custom.get("ncsa_category"), custom.get("playbook")
    categories = load_ncsa().categories
    if isinstance(category, bool) or not isinstance(category, int) or category not in categories:
        known = ", ".join(f"{one.number} ({one.en})" for one in categories.values())
        yield _fault(document, f"`custom: ncsa_category` must be one of {known}", "custom", "ncsa_category")
    if playbook not in playbook_ids():
        reason = f"`custom: playbook` must be one of {', '.join(playbook_ids())}"
        yield _fault(document, reason, "custom", "playbook")


def playbook_ids() -> list[str]:
    """Give the ids that playbooks have: the names of their files."""
    found = Settings().playbooks
    return sorted(path.stem for path in found.glob("*.yml")) if found.is_dir() else []


def _tag_faults(document: Document) -> Iterator[Fault]:
    tags = _entries(document, "tags")
    for place, tag in enumerate(tags):
        if not _TAG.fullmatch(str(tag)):
            yield _fault(document, f"`{tag}` is no known tag: use attack.<tactic> or attack.t1234[.567]", "tags", place)
        elif str(tag).startswith("attack.t") and str(tag).removeprefix("attack.").upper() not in load_technique_names():
            yield _fault(document, f"`{tag}`: ATT&CK {attack_version()} has no such technique", "tags", place)
    if not any(str(tag).startswith("attack.t1") for tag in tags):
        yield _fault(document, "`tags` names no technique: add attack.t1234", "tags")


def _entries(document: Document, key: str) -> list[Any]:
    found = document.data.get(key)
    return found if isinstance(found, list) else []


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _sample_faults(detector: Detector) -> Iterator[Fault]:
    path = samples_of(detector.file)
    if not path.is_file():
        yield Fault(str(detector.file), 0, f"has no samples: write {detector.file.stem}{SUFFIX} beside it")
        return
    try:
        documents = read_yaml(path)
        samples = samples_in(documents, path)
    except ContentError as problem:
        yield problem.fault
        return
    yield from _left_faults(documents[0])
    hits = sum(case.expected for case in samples.cases)
    of_web = detector.file.stem.startswith(f"{_WEB}_") and not detector.is_filter  # drafts lie in one folder
    if of_web and min(hits, len(samples.cases) - hits) < _CASES_OF_WEB:
        reason = f"needs {_CASES_OF_WEB} cases of `must_match` and of `must_not_match`: write more spellings"
        yield Fault(str(path), 0, reason)


def _left_faults(document: Document) -> Iterator[Fault]:
    """Name the texts that a scaffold left to a person."""
    for path, text in _texts(document.data, ()):
        if text.startswith(REPLACE):
            yield _fault(document, f"still to be written: {text.removeprefix(REPLACE).strip()}", *path)


def _texts(value: object, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Give every text of a document with the path to it; keys are texts, too."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield (*path, str(key)), str(key)
            yield from _texts(part, (*path, str(key)))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _texts(part, (*path, place))


def _fault(document: Document, reason: str, *path: str | int) -> Fault:
    return Fault(str(document.file), document.line_of(*path), reason)
