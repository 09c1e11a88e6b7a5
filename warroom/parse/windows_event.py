"""One Windows event as an object of objects becomes the flat names that rules and people use.

The nested form is the XML of Windows (System, EventData, UserData) written as JSON the way evtx_dump does: attributes
under ``#attributes``, text beside them under ``#text``. Schema of the XML: [MS-EVEN6], section 2.2.13, and
https://learn.microsoft.com/windows/win32/wes/eventschema-schema
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Windows' own elements are three deep; what is deeper stays as it is.
_MAX_DEPTH: Final = 8
_ATTRIBUTES: Final = "#attributes"
_TEXT: Final = "#text"
_ID: Final = "EventID"
_RENDERED: Final = "RenderingInfo"


def flatten_event(document: dict[str, Any]) -> dict[str, Any] | None:
    """Give an event's values under flat names, or None where the document is no Windows event.

    ``System`` gives ``EventID``, ``Channel``, ``Computer`` …, an attribute as ``Provider_Name``; ``EventData`` its
    data under their own names; ``UserData`` its leaves, without the element around them. Where the event's own data
    have a name of ``System``, Sigma's name means the data (104: ``Channel`` is the log that was cleared), and the
    other stands as ``System.Channel``; ``EventID`` alone always means System's. Of ``RenderingInfo``, what a collector
    made of the event for people, ``Message`` keeps its name, and the others stand behind its own.
    """
    event = document.get("Event")
    system = event.get("System") if isinstance(event, dict) else None
    if not isinstance(event, dict) or not isinstance(system, dict):
        return None
    found: dict[str, Any] = {}
    for part, content in event.items():
        if part not in ("System", _ATTRIBUTES) and content is not None:
            for name, value in _leaves(part, content, 0):
                apart = name == _ID or (part == _RENDERED and name != "Message")
                _put(found, f"{part}.{name}" if apart else name, value)
    for name, value in _system(system):
        _put(found, f"System.{name}" if name in found else name, value)
    return found


def _put(found: dict[str, Any], name: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Add a value; a name that stands several times holds a list."""
    held = found.get(name)
    if name not in found:
        found[name] = value
    else:
        found[name] = [*held, value] if isinstance(held, list) else [held, value]


def _system(system: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, content in system.items():
        if not isinstance(content, dict):
            yield name, content
            continue
        if _TEXT in content:
            yield name, content[_TEXT]
        attributes = content.get(_ATTRIBUTES)
        if isinstance(attributes, dict):
            for attribute, value in attributes.items():
                yield f"{name}_{attribute}", value


def _leaves(name: str, content: Any, depth: int) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON value
    """Give the texts of an element and of those inside it; attributes as ``element_attribute``, schemas left out."""
    if not isinstance(content, dict) or depth > _MAX_DEPTH:
        yield name, content
        return
    for inner, value in content.items():
        if inner == _TEXT:
            yield name, value
        elif inner != _ATTRIBUTES:
            yield from _leaves(inner, value, depth + 1)
        elif isinstance(value, dict):
            yield from ((f"{name}_{attribute}", text) for attribute, text in value.items() if attribute != "xmlns")
