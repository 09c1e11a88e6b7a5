"""The fields of a form of the law as fields of the screen: what stands in each, and what was typed as an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from warroom.catalog.answers import MOST_TEXT, SCORES, UNKNOWN, Answer, AnswerError, check, read, typed
from warroom.console import drafted
from warroom.console.drafted import Input
from warroom.console.markup import visible
from warroom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.catalog.forms import FormField
    from warroom.console.texts import Words
    from warroom.store.evidence_files import EvidenceFile

#: What stands beside a field: its words, its time, that it is not known.
_TEXT, _AT, _UNKNOWN, _OTHER = "text", "at", "unknown", "other"
_LINE: Final = MOST_TEXT
_LONG: Final = frozenset({"text", "timeline", "table"})
#: Fields whose answer is one line though it is a text: who, where, by which number.
_SHORT: Final = (
    *("_name", "_position", "_email", "_phone", "_no", "_agency", "_channel", "_role", "loc", "isp", "cve", "ref"),
    *("reference", "author"),
)


def inputs_of(
    words: Words,
    field: FormField,
    answer: Answer | None,
    other: str,
    files: Sequence[EvidenceFile],
    source: str = "",
) -> tuple[Input, ...]:
    """Give the screen's fields of a form's field.

    Args:
        words: the catalogue.
        field: the form's.
        answer: what stands in it before anybody types; None: nothing.
        other: the words that go with a free option.
        files: the incident's evidence, for fields that name some.
        source: where the answer is from, in words.
    """
    kind = field.type.removesuffix("_or_unknown")
    parts = _parts(field, answer)
    found = _table(words, field, parts) if kind == "table" else _inputs(words, field, kind, parts, files)
    if kind != field.type:
        mark = ((UNKNOWN, words("form.unknown")),)
        found.append(Input(_key(field, _UNKNOWN), words("form.or"), "many", options=mark, start=parts[_UNKNOWN]))
    if field.other_key:
        found.append(Input(_key(field, _OTHER), words("form.other"), "line", limit=_LINE, start=other))
    first = replace(found[0], source=source, needed=field.need == "L")
    return (first, *found[1:])


def _inputs(
    words: Words, field: FormField, kind: str, parts: Mapping[str, str], files: Sequence[EvidenceFile]
) -> list[Input]:
    """Give the one or two screen's fields of an answer that is not a table."""
    label, start = label_of(words, field), parts[""]
    if kind in {"enum", "bool", "enum+text", "enum+datetime", "score+text"}:
        found = [Input(field.key, label, "choice", options=_options(words, field, kind), start=start)]
    elif kind == "multi":
        found = [Input(field.key, label, "many", options=_options(words, field, kind), start=start)]
    elif kind == "datetime":
        found = [Input(field.key, label, "moment", start=start)]
    elif kind == "files":
        names = tuple((str(one.id), visible(f"{one.id} · {one.name}")) for one in files)
        found = [
            Input(
                field.key,
                label if names else label + " — " + words("form.no_files"),
                "many",
                options=names,
                start=start,
            )
        ]
    else:
        long = "\n" in start or (kind in _LONG and not field.key.endswith(_SHORT))
        hint = words("form.timeline_hint") if kind == "timeline" else ""
        found = [Input(field.key, label, "text" if long else "line", hint, (), MOST_TEXT, start=start)]
    if kind in {"enum+text", "score+text"}:
        beside = words("form.more" if kind == "enum+text" else "form.why")
        found.append(Input(_key(field, _TEXT), beside, "line", limit=_LINE, start=parts[_TEXT]))
    if kind == "enum+datetime":
        found.append(Input(_key(field, _AT), words("form.when"), "moment", start=parts[_AT]))
    return found


def _table(words: Words, field: FormField, parts: Mapping[str, str]) -> list[Input]:
    """Give a number's field for each row of a table."""
    label = label_of(words, field)
    return [
        Input(f"{field.key}.{code}", f"{label} · {name}", limit=20, start=parts.get(code, ""))
        for code, name in _options(words, field, "table")
    ]


def _options(words: Words, field: FormField, kind: str) -> tuple[tuple[str, str], ...]:
    if kind == "bool":
        return (("yes", words("form.yes")), ("no", words("form.no")))
    if kind == "score+text":
        return tuple((str(one), words(f"score.{one}")) for one in SCORES)
    return tuple((one.code, one.th if words.language == "th" else one.en) for one in field.options)


def answer_of(field: FormField, told: Mapping[str, str], files: Sequence[EvidenceFile]) -> Answer | None:
    """Give the answer that stands in a field's inputs; None where nothing does.

    Raises:
        AnswerError: what was typed is no answer of this field.
    """
    kind = field.type.removesuffix("_or_unknown")
    text = told.get(field.key, "").strip()
    more = told.get(_key(field, _TEXT), "").strip()
    found: Answer | None
    if kind != field.type and told.get(_key(field, _UNKNOWN), "").strip():
        found = UNKNOWN
    elif kind == "files":
        known = {str(one.id): one.name for one in files}
        found = [{"id": int(one), "name": known[one]} for one in drafted.chosen(text) if one in known] or None
    elif kind == "table":
        lines = [(one.code, told.get(f"{field.key}.{one.code}", "").strip()) for one in field.options]
        found = read(field, "\n".join(f"{code}: {count}" for code, count in lines if count))
    elif kind == "datetime":
        found = _moment(field, text)
    elif kind == "enum+datetime" and text:
        at = _moment(field, told.get(_key(field, _AT), "").strip())
        found = {"choice": text} if at is None else {"choice": text, "at": at}
    elif kind in {"enum+text", "score+text"} and text and more:
        found = read(field, f"{text}: {more}")
    else:
        found = read(field, text)
    if found is not None:
        check(field, found)
    return found


def other_of(field: FormField, told: Mapping[str, str]) -> str:
    """Give the words that go with a free option."""
    return told.get(_key(field, _OTHER), "").strip() if field.other_key else ""


def _moment(field: FormField, text: str) -> int | None:
    try:
        return drafted.moment(text)
    except UsageError:
        raise AnswerError(field, "date") from None


def _parts(field: FormField, answer: Answer | None) -> dict[str, str]:
    """Give an answer as it stands in the inputs: under an empty name in the first one."""
    kind = field.type.removesuffix("_or_unknown")
    parts = {"": "", _TEXT: "", _AT: "", _UNKNOWN: ""}
    if answer is None:
        return parts
    if kind != field.type and answer == UNKNOWN:
        return parts | {_UNKNOWN: UNKNOWN}
    if kind == "table":
        return parts | {code: str(count) for code, count in answer.items()}
    if isinstance(answer, dict):
        first = str(answer["score"] if kind == "score+text" else answer["choice"])
        at = drafted.as_typed(answer["at"]) if "at" in answer else ""
        return parts | {"": first, _TEXT: answer.get("text", ""), _AT: at}
    if kind == "datetime":
        first = drafted.as_typed(answer)
    elif kind == "files":
        first = ",".join(str(one["id"]) for one in answer)
    else:
        first = ",".join(answer) if kind == "multi" else typed(field, answer)
    return parts | {"": first}


def label_of(words: Words, field: FormField) -> str:
    """Give a field's name in the person's language, with its clause."""
    name, clause = (field.th, field.clause) if words.language == "th" else (field.en, field.clause_en)
    return f"{name} ({clause})" if clause else name


def _key(field: FormField, part: str) -> str:
    return f"{field.key}.{part}"
