"""The catalogue of detectors: every rule that raises alerts, with what people look for it by."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from warroom.catalog import read_yaml
from warroom.detect.rules import Correlation, Leaf, LogSource, Negation
from warroom.detect.staging import is_own
from warroom.errors import ContentError
from warroom.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from warroom.catalog import Document
    from warroom.detect.rules import Condition, Filter, Rule
    from warroom.detect.ruleset import RuleSet

#: Where a rule comes from.
OWN, OTHERS, DRAFT = "own", "upstream", "draft"
#: The kind of an entry that raises nothing and tunes rules.
FILTER: Final = "filter"
#: Bytes of a rule's file that are shown; the longest of SigmaHQ has a tenth of it.
MOST_TEXT: Final = 64 << 10
#: What a list of a document may bring to the screen: as many entries, each so long.
_MOST: Final = 40
_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule that raises alerts.

    Attributes:
        kind: ``rule``, ``filter``, or the type of the correlation.
        fields: the event fields that it asks for, its members' among them.
        sources: the log sources that it looks at.
        filters: what tunes it, or the rules that it counts.
        members: titles of the rules that it counts, where it is a correlation.
        found_by: all that people may search by, folded.
    """

    id: str
    title: str
    title_th: str
    severity: Severity
    kind: str
    origin: str
    sources: tuple[LogSource, ...]
    tags: tuple[str, ...]
    fields: tuple[str, ...]
    author: str
    file: str
    line: int
    status: str = ""
    filters: tuple[Filter, ...] = ()
    members: tuple[str, ...] = ()
    found_by: str = ""

    def named(self, language: str) -> str:
        """Give its title in a language, as far as it has one."""
        return (self.title_th if language == "th" else "") or self.title


@dataclass(frozen=True, slots=True)
class Told:
    """What a rule's document says besides what the engine needs; a text is empty where the document has none."""

    status: str
    licence: str
    date: str
    modified: str
    description: Mapping[str, str]
    advice: Mapping[str, str]
    falsepositives: Mapping[str, tuple[str, ...]]
    references: tuple[str, ...]
    playbook: str
    ncsa_category: int | None

    def notes(self, language: str) -> tuple[str, ...]:
        """Give what is known to raise it wrongly, in a language; in English where the document has no other."""
        return self.falsepositives.get(language) or self.falsepositives["en"]


def entries_of(ruleset: RuleSet, folder: Path, *, drafts: bool = False) -> tuple[Entry, ...]:
    """List the rules that raise alerts, our own first, by title.

    Args:
        ruleset: what is loaded.
        folder: where they stand: rules of others lie below its ``upstream``.
        drafts: it is the folder of drafts.
    """
    home = None if drafts else folder
    found = [_entry(rule, [rule], (), home) for at, rule in enumerate(ruleset.rules) if at not in ruleset.silent]
    for correlation in ruleset.correlations:
        if not correlation.silent:
            members = list(dict.fromkeys(_members(ruleset, correlation)))
            titles = tuple(dict.fromkeys(rule.title for rule in members))
            found.append(_entry(correlation, members, titles, home))
    return tuple(sorted(found, key=lambda one: (one.origin != OWN, one.title.casefold(), one.id)))


def filters_of(ruleset: RuleSet, folder: Path) -> tuple[Entry, ...]:
    """List the filters that are applied, by title; ``members`` are the rules that each tunes."""
    tuned: dict[Filter, list[str]] = {}
    for rule in ruleset.rules:
        for one in rule.filters:
            tuned.setdefault(one, []).append(rule.title)
    found = [
        _filter(
            one.id, one.title, one.logsource, one.file, one.line, titles, OWN if is_own(one.file, folder) else OTHERS
        )
        for one, titles in tuned.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.title.casefold(), one.id)))


def filter_draft(rule_id: str, title: str, file: Path) -> Entry:
    """Give the entry of a draft that is a filter."""
    return _filter(rule_id, title, LogSource(), str(file), 1, [], DRAFT)


def text_of(entry: Entry) -> str:
    """Give a rule's file as it was written, cut at ``MOST_TEXT``; empty where it cannot be read."""
    try:
        with Path(entry.file).open("rb") as file:
            return file.read(MOST_TEXT).decode("utf-8", "replace")
    except OSError:
        return ""


def told_of(entry: Entry) -> Told:
    """Give what a rule's document says to people; of a file that cannot be read any more, nothing."""
    data = next((one.data for one in _documents(entry) if str(one.data.get("id", "")) == entry.id), {})
    return told_by(data)


def told_by(data: Mapping[str, Any]) -> Told:
    """Give what a document says to people."""
    custom = data.get("custom")
    own: Mapping[str, Any] = custom if isinstance(custom, dict) else {}
    category = own.get("ncsa_category")
    return Told(
        status=_text(data.get("status")),
        licence=_text(data.get("license")),
        date=_text(data.get("date")),
        modified=_text(data.get("modified")),
        description={"en": _text(data.get("description")), "th": _text(own.get("description_th"))},
        advice={"en": _text(own.get("advice_en")), "th": _text(own.get("advice_th"))},
        falsepositives={"en": _texts(data.get("falsepositives")), "th": _texts(own.get("falsepositives_th"))},
        references=_texts(data.get("references")),
        playbook=_text(own.get("playbook")),
        ncsa_category=category if type(category) is int else None,
    )


def source_name(source: LogSource) -> str:
    """Give a log source as ``product/category/service``, without what it does not tell."""
    return "/".join(part for part in (source.product, source.category, source.service) if part)


def _entry(rule: Rule | Correlation, members: list[Rule], titles: tuple[str, ...], folder: Path | None) -> Entry:
    correlation = rule if isinstance(rule, Correlation) else None
    fields = {field for member in members for field in _fields(member.condition)}
    if correlation is not None:
        fields |= {*correlation.group_by, *correlation.fields} - correlation.aliases.keys()
        fields |= {field for names in correlation.aliases.values() for field in names.values()}
    sources = tuple(dict.fromkeys(member.logsource for member in members))
    path = Path(rule.file)
    words = (
        rule.title,
        rule.title_th,
        rule.id,
        rule.author,
        path.name,
        *rule.tags,
        *fields,
        *map(source_name, sources),
        *titles,
    )
    return Entry(
        id=rule.id,
        title=rule.title,
        title_th=rule.title_th,
        severity=rule.severity,
        kind=correlation.kind if correlation is not None else "rule",
        origin=_origin(rule.file, folder),
        sources=sources,
        tags=rule.tags,
        fields=tuple(sorted(fields)),
        author=rule.author,
        file=rule.file,
        line=rule.line,
        status=rule.status,
        filters=tuple(dict.fromkeys(one for member in members for one in member.filters)),
        members=titles,
        found_by="\n".join(words).casefold(),
    )


def _origin(file: str, folder: Path | None) -> str:
    return DRAFT if folder is None else OWN if is_own(file, folder) else OTHERS


def _filter(
    rule_id: str, title: str, source: LogSource, file: str, line: int, members: list[str], origin: str
) -> Entry:
    words = (title, rule_id, Path(file).name, source_name(source), *members)
    return Entry(
        id=rule_id,
        title=title,
        title_th="",
        severity=Severity.INFORMATIONAL,
        kind=FILTER,
        origin=origin,
        sources=(source,) if source != LogSource() else (),
        tags=(),
        fields=(),
        author="",
        file=file,
        line=line,
        members=tuple(members),
        found_by="\n".join(words).casefold(),
    )


def _members(ruleset: RuleSet, correlation: Correlation) -> Iterator[Rule]:
    for place in correlation.members:
        if place >= 0:
            yield ruleset.rules[place]
        else:
            yield from _members(ruleset, ruleset.correlations[~place])


def _fields(condition: Condition) -> Iterator[str]:
    if isinstance(condition, Leaf):
        if condition.field:
            yield condition.field
    elif isinstance(condition, Negation):
        yield from _fields(condition.part)
    else:
        for part in condition.parts:
            yield from _fields(part)


def _documents(entry: Entry) -> list[Document]:
    try:
        return read_yaml(Path(entry.file))
    except ContentError:
        return []


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()[:_LONGEST]


def _texts(value: object) -> tuple[str, ...]:
    given = value if isinstance(value, list) else [value]
    return tuple(text for one in given[:_MOST] if (text := _text(one)))
