"""The editor of drafts: a rule and its samples, checked as they are written, tried on stored events, saved, a patch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.access.guard import check
from warroom.bench.drafts import MOST_BYTES, drafts_folder
from warroom.bench.editing import rules_of, save_draft
from warroom.bench.id_taken import saved_in
from warroom.bench.name_taken import refuse_taken
from warroom.bench.patching import patch
from warroom.bench.scaffold import scaffold
from warroom.console import doing, draft_check, draft_keeping, panels, rule_asking, rule_shelf, rule_trial
from warroom.console.draft_keeping import NAME, SAMPLES, YAML
from warroom.console.fault_words import fault_told
from warroom.console.giving import giving
from warroom.console.markup import show, tag, visible
from warroom.console.times import moment
from warroom.errors import UsageError
from warroom.store.database import now_us

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.bench.drafts import Draft
    from warroom.console.room import Room

_PLACE: Final = "draft"
_PASTED: Final = "draft_pasted"
_LINES: Final = "rule_draft_lines"
_PASTING: Final = "rule_draft_pasting"
#: Characters of pasted lines that are looked at.
MOST_PASTED: Final = 64 << 10
_PICK: Final = "draft_pick"
_YAML_HEIGHT: Final = 430
_SAMPLES_HEIGHT: Final = 250
_PATCH_HEIGHT: Final = 300
_EXAMPLE: Final = "authn_otp_six_wrong"
_PATCH_FILE: Final = "detectors.patch"


def show_screen(room: Room) -> None:
    """Lay the screen out; what is typed is kept until it is saved."""
    drafts = rule_shelf.shelf(room, room.look()).drafts
    draft_keeping.begin(room, drafts)
    words = room.words
    show(tag("p", tag("a", words("rule.back"), href="/?screen=rules", target="_self"), cls="wr-crumb"))
    left, right = st.columns([1.25, 1], gap="small")
    with left, panels.panel("draft_text", words("draft.title"), words("draft.hint")):
        _texts(room, list(drafts.values()))
    with right:
        text, samples, name = draft_keeping.typed()
        checked = draft_check.show_check(room, name, text, samples)
        with panels.panel("draft_trial", words("draft.trial"), words("draft.trial_hint")):
            rule_trial.show_trial(
                room, draft_check.about(name, text), lambda: rules_of(name, text, room.settings.detectors)
            )
        _saving(room, drafts.get(draft_keeping.rule_id(drafts, name)), ready=checked)


def _texts(room: Room, drafts: list[Draft]) -> None:
    words = room.words
    names = {one.path.stem: one.title for one in drafts}
    left, right = st.columns([1, 1.3], gap="small", vertical_alignment="bottom")
    with left:
        st.selectbox(
            words("draft.open"),
            list(names),
            index=None,
            key=_PICK,
            placeholder=words.counted("draft.open_pick", len(names)),
            format_func=visible,
            on_change=_open,
            disabled=not names,
        )
    with right:
        st.text_input(
            words("draft.name"),
            key=NAME,
            max_chars=80,
            placeholder=_EXAMPLE,
            on_change=draft_keeping.keep,
            args=(room,),
            help=words("draft.name_told"),
        )
    _pasting(room)
    for key, label, height in ((YAML, "draft.yaml", _YAML_HEIGHT), (SAMPLES, "draft.samples", _SAMPLES_HEIGHT)):
        st.text_area(
            words(label), key=key, height=height, max_chars=MOST_BYTES, on_change=draft_keeping.keep, args=(room,)
        )
    if draft_keeping.is_long():
        show(tag("p", words("draft.long"), cls="wr-hint"))


def _pasting(room: Room) -> None:
    """Offer to begin with lines that the rule is to find."""
    words = room.words
    doing.say(_PASTED)
    with st.popover(words("draft.paste"), width="stretch", key=_PASTING, on_change="rerun"):
        st.caption(words("draft.paste_told"))
        st.text_area(words("draft.paste_lines"), key=_LINES, height=160, max_chars=MOST_PASTED)
        st.button(words("draft.paste_do"), key="draft_paste_do", on_click=_propose, args=(room,), width="stretch")


def _propose(room: Room) -> None:
    _, _, name = draft_keeping.typed()
    lines = str(st.session_state.get(_LINES) or "").replace("\0", "").encode("utf-8", "replace").decode()

    def propose(me: Actor) -> None:
        check(me, Permission.MANAGE_RULES)
        made = scaffold(name, lines, "", moment(now_us()).date(), me.name)
        refuse_taken(made.name, "", room.settings.detectors)
        draft_keeping.put(room, made.rule, made.samples)
        st.session_state[_LINES] = ""
        st.session_state[_PASTING] = False  # it would lie over the rule

    doing.attempt(room, _PASTED, propose, "draft.pasted")


def _open() -> None:
    """Open a draft that is saved; the address says which."""
    picked = st.session_state.get(_PICK)
    st.session_state[_PICK] = None
    if isinstance(picked, str):
        st.query_params.from_dict({"screen": "draft", "draft": picked})


def _saving(room: Room, saved: Draft | None, *, ready: bool) -> None:
    """Offer to save, and show what was saved as the patch that somebody reviews."""
    words, settings = room.words, room.settings
    with panels.panel("draft_save", words("draft.save"), words("draft.save_hint")):
        doing.say(_PLACE)
        st.button(
            words("draft.save_do"),
            key="draft_save_do",
            type="primary",
            on_click=_save,
            args=(room,),
            width="stretch",
        )
        if not ready:
            show(tag("p", words("draft.not_sound"), cls="wr-hint"))
        if saved is None:
            show(tag("p", words("draft.place"), cls="wr-hint"))
            return
        show(tag("a", words("draft.stage"), href=rule_asking.link(saved.rule_id), target="_self", cls="wr-go"))
        if saved.taken:
            show(tag("p", fault_told(saved.taken, words), cls="wr-warning", role="alert"))
            return
        staged = saved_in(room.state, settings.data_dir).staged()
        try:
            diff = patch(drafts_folder(settings.data_dir), settings.detectors, [saved.rule_id], staged)
        except UsageError:
            show(tag("p", words("draft.name_taken"), cls="wr-warning", role="alert"))
            return
        if not diff:
            show(tag("p", words("draft.same"), cls="wr-hint"))
            return
        show(tag("h4", words("draft.patch"), cls="wr-sub"))
        st.code(visible(diff), language="diff", height=_PATCH_HEIGHT)
        st.download_button(
            words("draft.take"),
            giving(room, lambda me: draft_check.taken(me, diff)),
            _PATCH_FILE,
            "text/x-diff",
            key="draft_take",
            on_click="ignore",
            width="stretch",
        )
        show(tag("p", words("draft.apply"), cls="wr-hint"))


def _save(room: Room) -> None:
    """Save the draft as it stands now."""
    text, samples, name = draft_keeping.typed()

    def save(me: Actor) -> None:
        save_draft(room.state, room.settings.data_dir, me, name, text, samples, detectors=room.settings.detectors)

    if doing.attempt(room, _PLACE, save, "draft.saved"):
        draft_keeping.forget(room)
        st.query_params.from_dict({"screen": "draft", "draft": name})
        draft_keeping.stand(name)
