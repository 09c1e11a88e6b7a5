"""What somebody types into the editor of drafts: begun from a rule, from a saved draft or anew, kept over reloads."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.bench.catalogue import OTHERS, text_of
from warroom.bench.drafts import MOST_BYTES
from warroom.bench.id_taken import with_new_ids
from warroom.console import rule_shelf
from warroom.console.times import moment
from warroom.detect.content import REPLACE
from warroom.detect.sample_files import samples_of
from warroom.store.database import now_us
from warroom.store.drafts import DRAFT_LIMIT, load_draft, save_draft

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.bench.drafts import Draft
    from warroom.console.room import Room

NAME, YAML, SAMPLES = "rule_draft_name", "rule_draft_yaml", "rule_draft_samples"
_KEPT: Final = (NAME, YAML, SAMPLES)
_PLACE: Final = "rule_draft"
_BEGUN: Final = "rule_draft_begun"
#: A rule to begin with, which holds its samples; the texts that are left are named by the check.
_START: Final = """\
title: '{replace} what happens, in a few words'
id: {id}
status: experimental
description: '{replace} what happens, how often within what time, and what is left out'
author: {author}
date: {date}
references: []
tags:
    - attack.credential-access
    - attack.t1110
logsource:
    product: govplatform
    service: authn
detection:
    selection:
        event.outcome: failure
    condition: selection
falsepositives:
    - Unknown
level: medium
custom:
    title_th: '{replace} its title in Thai'
    description_th: '{replace} the description in Thai'
    advice_th: '{replace} what to do first, in Thai'
    advice_en: '{replace} what to do first'
    ncsa_category: 1
    playbook: account_takeover
"""
#: Its name.
START_NAME: Final = "authn_new_rule"
#: Its samples.
START_SAMPLES: Final = """\
format: jsonl
logsource: {product: govplatform, service: authn}
must_match:
    - why: 'REPLACE: what it is to find'
      line: '{"ts": "$time", "result": "failure"}'
must_not_match:
    - why: 'REPLACE: what is ordinary'
      line: '{"ts": "$time", "result": "success"}'
"""


def begin(room: Room, drafts: Mapping[str, Draft]) -> None:
    """Take over what the address says, or what was being typed; once for a page."""
    for key in _KEPT:  # a widget that was not on the last page is forgotten otherwise
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]
    asked = tuple(st.query_params.get(name, "") for name in ("copy", "draft"))
    if st.session_state.get(_BEGUN) == asked:
        return
    st.session_state[_BEGUN] = asked
    copied, opened = asked
    texts = _copy(room, copied) if copied else _saved(drafts, opened) if opened else None
    if texts is None:
        me = room.person.actor.name
        kept = [load_draft(room.state, me, f"{_PLACE}/{key}") for key in _KEPT]
        texts = (kept[0], kept[1], kept[2]) if any(kept) else _fresh(room)
    for key, text in zip(_KEPT, texts, strict=True):
        st.session_state[key] = text


def typed() -> tuple[str, str, str]:
    """Give the rule, its samples and its name as they stand."""
    yaml, samples, name = (str(st.session_state.get(key) or "").replace("\0", "") for key in (YAML, SAMPLES, NAME))
    return yaml, samples, name.strip()


def keep(room: Room) -> None:
    """Keep what is typed: a reload brings it back."""
    person = room.person_now()
    if person is None:
        return
    for key in _KEPT:
        text = str(st.session_state.get(key) or "").replace("\0", "").encode("utf-8", "replace").decode()
        if len(text) <= DRAFT_LIMIT:
            save_draft(room.state, person.actor.name, f"{_PLACE}/{key}", text, now_us())


def put(room: Room, rule: str, samples: str) -> None:
    """Put a rule and its samples into the fields in place of what stands there."""
    st.session_state[YAML], st.session_state[SAMPLES] = rule, samples
    keep(room)


def is_long() -> bool:
    """Whether a text is too long to be kept while it is typed."""
    return any(len(str(st.session_state.get(key) or "")) > DRAFT_LIMIT for key in _KEPT)


def forget(room: Room) -> None:
    """Forget what was typed: the saved draft has it."""
    for key in _KEPT:
        save_draft(room.state, room.person.actor.name, f"{_PLACE}/{key}", "", now_us())


def stand(name: str) -> None:
    """Note that the page stands for a saved draft already: nothing is read anew."""
    st.session_state[_BEGUN] = ("", name)


def rule_id(drafts: Mapping[str, Draft], name: str) -> str:
    """Give the id of the saved draft of a name; empty where there is none."""
    return next((one.rule_id for one in drafts.values() if one.path.stem == name), "")


def start_rule(author: str, today: str) -> str:
    """Give a rule to begin with: its YAML, with an id of its own."""
    return _START.format(id=uuid.uuid4(), author=author, date=today, replace=REPLACE)


def _fresh(room: Room) -> tuple[str, str, str]:
    today = f"{moment(now_us()):%Y-%m-%d}"
    return START_NAME, start_rule(room.person.actor.name, today), START_SAMPLES


def _copy(room: Room, copied: str) -> tuple[str, str, str] | None:
    entry = rule_shelf.shelf(room, room.look()).entries.get(copied)
    if entry is None:
        return None
    file = Path(entry.file)
    samples = _read(samples_of(file))
    if entry.origin == OTHERS:  # theirs stays: ours is a rule beside it
        return f"{file.parent.name}_{file.stem}", with_new_ids(text_of(entry)), samples
    return file.stem, text_of(entry), samples


def _saved(drafts: Mapping[str, Draft], opened: str) -> tuple[str, str, str] | None:
    found = next((one for one in drafts.values() if one.path.stem == opened), None)
    if found is None:
        return None
    return opened, _read(found.path), _read(samples_of(found.path))


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
