"""Recognises what a document is by what is in it; its name is never asked."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any, Final

from warroom.intel.formats.delimited import has_heading, is_parted
from warroom.intel.formats.encoding import as_utf8
from warroom.intel.formats.json_pieces import parse_large
from warroom.intel.formats.lines import lines
from warroom.intel.formats.lists import COMMENT, read_list
from warroom.intel.formats.reading import FormatRefusedError, Told
from warroom.intel.formats.wording import printable

_PDF: Final = b"%PDF-"
#: A PDF may have something of this length before it (ISO 32000-1, annex H.3.4.1).
_BEFORE_PDF: Final = 1024
#: Bytes of a text, and rows of it, by which it is judged.
_SAMPLE: Final = 1 << 16
_ROWS: Final = 200
#: So much of the rows has to be of a form.
_MOST: Final = 0.8
#: An object's or a list's beginning; a few signs before it have strayed there.
_JSON: Final = re.compile(rb'\s{0,1000}\S{0,8}?(?:\{\s{0,1000}(?:"[^"\n]{0,200}"\s{0,100}:|\})|\[\s{0,1000}[{"\[\]])')
_WEB_PAGE: Final = re.compile(
    rb"\s{0,1000}(?:<!--.{0,500}?-->\s{0,100})?<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_MARKUP: Final = re.compile(rb"\s{0,1000}<\?xml\b", re.IGNORECASE)
_KEV: Final = re.compile('"?cveID"?, ?"?vendorProject')
_EPSS: Final = re.compile(r"#model_version:|cve,epss(?:,|$)")
_ZEEK: Final = re.compile(r"^#fields\t", re.MULTILINE)
#: A value, and a comment behind it.
_COMMENTED: Final = r"^\S+\s+[;#]"
_MISP: Final = ("Event", "response", "Attribute", "Object", "ShadowAttribute")
#: Kinds of objects that a bundle of techniques has none of.
_INTELLIGENCE: Final = ("indicator", "observed-data", "sighting", "report", "grouping")
_OBJECTS: Final = 100_000


def refuse_web_page(content: bytes) -> None:
    """Raise FormatRefusedError where a document is a page for people, such as one to sign in at."""
    if _WEB_PAGE.match(content[:_SAMPLE]):
        raise FormatRefusedError(
            "a web page (HTML), not a document of indicators: is the address right, does it ask to sign in?"
        )


def recognise(content: bytes) -> tuple[str, object]:
    """Give the format of a document, one of FORMATS, and what it is once parsed, where it is JSON.

    Raises:
        FormatRefusedError: it has no known form; broken JSON is told as such, with line and column.
    """
    if _PDF in content[: _BEFORE_PDF + len(_PDF)]:
        return "pdf", None
    text = as_utf8(content)
    if _JSON.match(text[:_SAMPLE]):
        document = parse_large(text)
        return _json(document), document
    if _MARKUP.match(text[:_SAMPLE]):
        raise FormatRefusedError("XML, such as STIX 1: it is not read; ask for STIX 2, MISP JSON, or a list")
    start = text[:_SAMPLE].decode(errors="replace").lstrip()
    if _ZEEK.search(start):
        return "zeek", None
    if _KEV.match(start):
        return "kev", None
    if _EPSS.match(start):
        return "epss", None
    return _rows(text[:_SAMPLE]), None


def _json(document: object) -> str:
    if isinstance(document, dict):
        if _is_stix(document):
            return "attack" if _is_attack(document) else "stix"
        if isinstance(document.get("predicates"), list) and "namespace" in document:
            return "taxonomy"
        if isinstance(document.get("vulnerabilities"), list):
            return "kev"
        if isinstance(document.get("list"), list) and "name" in document:
            return "warninglist"
        if any(name in document for name in _MISP) or _is_attribute(document):
            return "misp"
        names = ", ".join(f"`{printable(str(name), 40)}`" for name in islice(document, 5))
        raise FormatRefusedError(f"JSON of no form that is known here: an object with {names or 'nothing in it'}")
    if isinstance(document, list):
        first = document[0] if document else None
        if isinstance(first, dict):
            return _json(first)
    raise FormatRefusedError("JSON of no form that is known here: neither an object nor a list of objects")


def _is_stix(document: dict[str, Any]) -> bool:
    kind, name = document.get("type"), document.get("id")
    if isinstance(kind, str) and (kind == "bundle" or (isinstance(name, str) and name.startswith(f"{kind}--"))):
        return True
    if kind is None and isinstance(document.get("objects"), list):  # TAXII's envelope
        return all(isinstance(one, dict) and "type" in one for one in document["objects"][:1])
    return isinstance(kind, str) and "spec_version" in document


def _is_attack(document: dict[str, Any]) -> bool:
    objects = document.get("objects")
    found = False
    # a slice of a long list would be of its first piece only
    for one in islice(objects, _OBJECTS) if isinstance(objects, list) else ():
        if isinstance(one, dict):
            if one.get("type") in _INTELLIGENCE:
                return False
            found = found or any(isinstance(name, str) and name.startswith("x_mitre_") for name in one)
    return found


def _is_attribute(document: dict[str, Any]) -> bool:
    return isinstance(document.get("type"), str) and isinstance(document.get("value"), str)


def _rows(text: bytes) -> str:
    """Tell lists, tables and prose apart."""
    end = text.rfind(b"\n")
    rows = lines(text[: end + 1] if len(text) == _SAMPLE and end >= 0 else text)
    rows = rows.filter(rows != "")
    data = rows.filter(~rows.str.contains(COMMENT)).head(_ROWS)
    comments = rows.filter(rows.str.starts_with("#")).head(_ROWS)
    if not len(rows):
        raise FormatRefusedError("there is nothing in it")
    sample = data.to_list()
    if has_heading(sample, comments.to_list()):
        return "csv"
    if not sample:
        return "list"
    commented = data.str.contains(_COMMENTED).sum() >= len(sample) * _MOST
    parted = not commented and is_parted(sample, ",;|")
    if not parted and _share(sample) >= _MOST:
        return "list"
    return "csv" if parted or is_parted(sample, "\t") else "text"


def _share(sample: list[str]) -> float:
    """Give how many lines of a sample are indicators."""
    try:
        found = read_list("\n".join(sample).encode(), Told(""))
    except FormatRefusedError:
        return 0.0
    return 1 - found.refused_count / found.read
