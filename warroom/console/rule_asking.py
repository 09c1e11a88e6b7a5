"""What is asked of the catalogue of detectors: it stands in the address, so that it can be pasted into a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlencode

import streamlit as st

from warroom.bench.catalogue import source_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.bench.catalogue import Entry

#: What people type is cut at so many characters, and looked for as so many words.
LONGEST: Final = 200
_WORDS: Final = 12


class Asked(NamedTuple):
    """The words that are looked for, and what the catalogue is narrowed to; empty: not narrowed."""

    text: str = ""
    stage: str = ""
    level: str = ""
    source: str = ""
    origin: str = ""
    state: str = ""


#: The names of the parts in the address.
_NAMES: Final = ("q", "stage", "level", "source", "origin", "state")


def asked_in_address() -> Asked:
    """Give what the address asks for."""
    return Asked(*(st.query_params.get(name, "")[:LONGEST] for name in _NAMES))


def ask(asked: Asked) -> None:
    """Put what is asked into the address; the rule that was open is closed."""
    st.query_params.from_dict(_parts(asked))


def link(rule_id: str = "", **narrowed: str) -> str:
    """Give the address of a rule, or of the catalogue narrowed to something."""
    parts = {"screen": "rules", "rule": rule_id} if rule_id else _parts(Asked(**narrowed))
    return "/?" + urlencode(parts)


def draft_link(copied: str = "", opened: str = "") -> str:
    """Give the address of a new draft, of one that begins as a copy of a rule, or of one that is saved."""
    parts = {"screen": "draft", "copy": copied, "draft": opened}
    return "/?" + urlencode({name: value for name, value in parts.items() if value})


def open_one(rule_id: str | None) -> None:
    """Open a rule, or close it; what was asked stays in the address."""
    if rule_id is None:
        st.query_params.pop("rule", None)
    else:
        st.query_params["rule"] = rule_id


def narrowed(entries: Sequence[Entry], asked: Asked, stages: Mapping[str, str]) -> list[Entry]:
    """Give the rules that have all words and are of what the catalogue is narrowed to; ``state`` is left out.

    Args:
        entries: the rules.
        asked: what is asked.
        stages: rule id → stage.
    """
    words = asked.text.casefold().split()[:_WORDS]
    return [
        entry
        for entry in entries
        if all(word in entry.found_by for word in words)
        and asked.level in ("", entry.severity)
        and asked.origin in ("", entry.origin)
        and asked.stage in ("", stages.get(entry.id, ""))
        and (not asked.source or asked.source in map(source_name, entry.sources))
    ]


def _parts(asked: Asked) -> dict[str, str]:
    return {"screen": "rules"} | {name: value for name, value in zip(_NAMES, asked, strict=True) if value}
