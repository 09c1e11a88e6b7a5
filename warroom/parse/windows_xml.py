"""Windows events as XML, one a line: what wevtutil, WEF collectors, syslog agents and the Event Viewer give.

Schema: [MS-EVEN6], section 2.2.13, and https://learn.microsoft.com/windows/win32/wes/eventschema-schema. Attackers
write parts of it: no entity is declared, no document type is read, and size, depth and elements are bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat

from warroom.parse.evtx_json import read_events
from warroom.parse.shapes import Part, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from warroom.parse.shapes import ParseContext

#: Windows' own events are below 64 KiB; with text rendered in several languages somewhat more.
_LONGEST: Final = 1 << 20
_MAX_DEPTH: Final = 24
_MAX_ELEMENTS: Final = 4_000
#: What may stand before an event: a mark of byte order, and the minus that browsers show before what can be folded.
_BEFORE: Final = "\ufeff -\t"
_ATTRIBUTES: Final = "#attributes"
_TEXT: Final = "#text"


class _NoEventError(ValueError):
    """The text is no XML event that may be read; says why."""


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read events; rows are indices into ``text``. The fields have the names that ``flatten_event`` gives."""
    return read_events(text, _documents, context)


def _documents(text: pa.Array, rows: list[int], rejects: list[Reject]) -> Iterator[dict[str, Any]]:
    for row, line in enumerate(text.to_pylist()):
        try:
            document = _document(line)
        except _NoEventError as problem:
            rejects.append(Reject(row, f"no Windows event in XML: {problem}"))
            continue
        rows.append(row)
        yield document


def _document(line: str) -> dict[str, Any]:
    if len(line) > _LONGEST:
        reason = "longer than 1 MiB"
        raise _NoEventError(reason)
    line = line.lstrip(_BEFORE)
    if not line.startswith("<"):
        reason = "it begins with <Event"
        raise _NoEventError(reason)
    builder = _Builder()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        parser.Parse(line.encode("utf-8", "replace"), True)
    except expat.ExpatError as problem:
        reason = f"{expat.ErrorString(problem.code)} at character {problem.offset + 1}"
        raise _NoEventError(reason) from None
    return builder.document


class _Builder:
    """Puts elements together in the form of evtx_dump: attributes beside the elements, ``Data`` under its name."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {}
        self._open: list[tuple[str, dict[str, str], dict[str, Any], list[str]]] = [("", {}, self.document, [])]
        self._elements = 0

    def doctype(self, *_: object) -> None:
        reason = "it declares a document type"
        raise _NoEventError(reason)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if len(self._open) > _MAX_DEPTH or self._elements > _MAX_ELEMENTS:
            reason = "too many elements, or too deep"
            raise _NoEventError(reason)
        self._open.append((name.rpartition(":")[2], attributes, {}, []))

    def characters(self, text: str) -> None:
        self._open[-1][3].append(text)

    def end(self, _: str) -> None:
        name, attributes, children, texts = self._open.pop()
        parent = self._open[-1][2]
        text = "".join(texts)
        if name == "Data" and attributes.get("Name"):
            name = attributes.pop("Name")
        attributes = {key: value for key, value in attributes.items() if not key.startswith("xmlns")}
        value: Any = children
        if not children:  # between elements blanks stand, and the minus of a browser
            value = text or None
        if attributes:
            value = {_ATTRIBUTES: attributes, **(children or ({_TEXT: text} if text else {}))}
        held = parent.get(name)
        if name not in parent:
            parent[name] = value
        else:
            parent[name] = [*held, value] if isinstance(held, list) else [held, value]
