"""One's own second factor: enrolling an authenticator by a QR code drawn here, and recovery codes shown once."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import segno
import streamlit as st

from warroom.access import AttemptLimit
from warroom.access.keys import SecretKey, load_key
from warroom.access.second_factor import Enrolment, begin_enrolment, confirm_enrolment, new_recovery_codes
from warroom.console import doing, panels
from warroom.console.markup import Markup, show, tag
from warroom.console.times import date_time
from warroom.console.ways import Way
from warroom.store.accounts import recovery_codes_left

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.store.accounts import Account

_PLACE: Final = "factor"
_CODES: Final = "factor_codes"
_BEGUN: Final = "factor_begun"
_CODE: Final = "factor_code"
#: Modules of white around a QR code (ISO/IEC 18004).
_QUIET: Final = 4
_GROUP: Final = 4


def show_factor(room: Room, account: Account) -> None:
    """Show whether there is an authenticator, and the next step."""
    words = room.words
    state = "factor.on" if account.has_totp else "factor.off"
    with panels.panel("me_factor", words("factor.title"), words(state)):
        doing.say(_PLACE)
        doing.show_once(room, _CODES, words("factor.codes_are"))
        if account.has_totp:
            _in_force(room, account)
        elif _begun(account) is not None:
            _enrol(room, account)
        else:
            show(tag("p", words("factor.why"), cls="wr-hint"))
            st.button(
                words("factor.begin"),
                key="factor_begin",
                type="primary",
                width="stretch",
                on_click=doing.do,
                args=(room, _PLACE, lambda me: _begin(room, me), "factor.begun"),
            )


def _begun(account: Account) -> Enrolment | None:
    number, seed, uri = (doing.kept(_BEGUN) or "\n\n").split("\n")
    return Enrolment(seed, uri) if number == str(account.id) else None


def _begin(room: Room, me: Actor) -> None:
    enrolment = begin_enrolment(room.state, me, _key(room.settings.data_dir))
    doing.keep(Way.ME, _BEGUN, f"{me.account_id}\n{enrolment.seed_text}\n{enrolment.uri}")


def _enrol(room: Room, account: Account) -> None:
    words, enrolment = room.words, _begun(account)
    if enrolment is None:
        return
    show(tag("p", words("factor.scan"), cls="wr-hint"))
    show(qr_code(enrolment.uri, words("factor.qr")))
    show(tag("p", words("factor.type"), cls="wr-hint"))
    seed = enrolment.seed_text
    st.code(" ".join(seed[place : place + _GROUP] for place in range(0, len(seed), _GROUP)), language=None)
    with st.form("factor_form", border=False, clear_on_submit=True):
        st.text_input(words("factor.code"), key=_CODE, max_chars=12, autocomplete="one-time-code")
        st.form_submit_button(
            words("factor.confirm"),
            type="primary",
            key="factor_confirm",
            width="stretch",
            on_click=_with_code,
            args=(room, "factor.enrolled"),
        )
    show(tag("p", words("factor.others_end"), cls="wr-hint"))
    st.button(words("factor.stop"), key="factor_stop", on_click=doing.forget, width="stretch")


def _in_force(room: Room, account: Account) -> None:
    words = room.words
    with room.state.read() as connection:
        left = recovery_codes_left(connection, account.id)
    told = [
        (words("factor.since"), date_time(account.totp_confirmed_at or 0, words.language)),
        (words("factor.left"), str(left)),
    ]
    show(tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in told), cls="wr-facts"))
    show(tag("p", words("factor.renew_told"), cls="wr-hint"))
    with st.form("factor_form", border=False, clear_on_submit=True):
        st.text_input(words("factor.code"), key=_CODE, max_chars=12, autocomplete="one-time-code")
        st.form_submit_button(
            words("factor.renew"),
            key="factor_renew",
            width="stretch",
            on_click=_with_code,
            args=(room, "factor.renewed"),
        )
    show(tag("p", words("factor.lost"), cls="wr-hint"))


def _with_code(room: Room, told: str) -> None:
    code = str(st.session_state.get(_CODE, ""))
    if not _tries().allow(room.person.actor.name, time.monotonic()):
        doing.tell(room, _PLACE, "me.too_often")
        return

    def use(me: Actor) -> None:
        key, now = _key(room.settings.data_dir), datetime.now(UTC)
        if told == "factor.enrolled":
            codes = confirm_enrolment(room.state, me, key, code, now, session=room.person.token)
        else:
            codes = new_recovery_codes(room.state, me, key, code, now)
        doing.keep(Way.ME, _CODES, "\n".join(codes))

    doing.attempt(room, _PLACE, use, told, wrong="factor.wrong")


@st.cache_resource(show_spinner=False)
def _key(data_dir: Path) -> SecretKey:
    return load_key(data_dir)


@st.cache_resource(show_spinner=False)
def _tries() -> AttemptLimit:
    return AttemptLimit()


def qr_code(text: str, title: str) -> Markup:
    """Draw a QR code, black on white, inside the page: nothing is asked of this machine or another."""
    picture = segno.make(text, error="m", micro=False).svg_data_uri(
        border=_QUIET, scale=4, light="#fff", encode_minimal=False
    )
    return tag("img", src=picture, cls="wr-qr", alt=title)
