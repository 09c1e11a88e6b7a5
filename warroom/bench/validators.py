"""Sigma's own validators, those of sigma-cli: what they say of the project's own rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError
from sigma.validation import SigmaValidator
from sigma.validators.core import validators

from warroom.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sigma.rule import SigmaRule
    from sigma.validators.base import SigmaValidationIssue

    from warroom.detect.content import Detector

#: Those that are not asked, and why.
LEFT_OUT: Final = {
    "attacktag": "fetches its table from the network; tags are compared with data/reference/attack.yaml",
    "d3_fendtag": "fetches its table from the network; no rule here has such a tag",
    "duplicate_filename": "names are compared with the line of each",
    "duplicate_title": "titles are compared with the line of each",
    "filename_length": "the length of names is checked with what they begin with",
    "identifier_uniqueness": "ids are compared with the line of each",
    "number_as_string": "logs write many numbers as text, such as those of networks: rules ask for what stands there",
    "tlpv1_tag": "tlptag knows both versions",
    "tlpv2_tag": "tlptag knows both versions",
}


def used() -> list[str]:
    """Give the names of the validators that are asked."""
    return sorted(validators.keys() - LEFT_OUT.keys())


def validator_notes(detectors: Iterable[Detector]) -> list[Fault]:
    """Give what Sigma's tools say of detectors, one entry an issue, at the file's line of the document."""
    found: list[Fault] = []
    for detector in detectors:
        lines = {str(document.data.get("id")): document.line for document in detector.documents}
        asked = SigmaValidator({validators[name] for name in used()})
        try:
            rules = SigmaCollection.from_dicts(
                [document.data for document in detector.documents], collect_errors=True
            ).rules
        except SigmaError as problem:
            found.append(Fault(str(detector.file), 0, f"Sigma's tools cannot read it: {problem}"))
            continue
        for rule in rules:
            line = lines.get(str(rule.id), 0)
            found += [Fault(str(detector.file), line, f"Sigma's tools cannot read it: {one}") for one in rule.errors]
        sound = cast("Iterator[SigmaRule]", iter([rule for rule in rules if not rule.errors]))
        for issue in asked.validate_rules(sound):
            line = lines.get(str(issue.rules[0].id), 0) if issue.rules else 0
            found.append(Fault(str(detector.file), line, f"Sigma's tools note: {_said(issue)}"))
    return found


def _said(issue: SigmaValidationIssue) -> str:
    extra = {name: value for name, value in vars(issue).items() if name not in ("rules", "severity", "description")}
    told = ", ".join(f"{name} {value}" for name, value in extra.items())
    return f"{issue.description}{f' ({told})' if told else ''}"
