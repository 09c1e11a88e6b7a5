"""The audit screen: who did what, masked, searched, and itself audited."""

from __future__ import annotations

from datetime import datetime

import pytest
from console.admin_seeding import actor_named
from console.entering import Enter, entries, page, quick

from warroom import access
from warroom.access import Role, reading_audit
from warroom.console import audit_words
from warroom.console.texts import LANGUAGES, words
from warroom.console.times import BANGKOK
from warroom.errors import ForbiddenError
from warroom.store import audit
from warroom.store.audit import AuditAction, Entry, Filter, Stored, Via
from warroom.store.database import State


@quick
def test_what_an_entry_says_cannot_break_out_of_the_page(enter: Enter, staff: State) -> None:
    hostile = "<img src=http://203.0.113.250/x.png onerror=alert(1)>"
    with staff.write() as connection:
        entry = Entry(hostile, Via.API, AuditAction.EXPORT, "file", hostile, {"what": hostile, hostile: 1})
        stored = audit.append(connection, entry)
    app = enter("boss", screen="audit")
    app.session_state["audit_entry"] = stored.seq
    shown = page(app.run())
    assert "&lt;img src=http://203.0.113.250" in shown
    assert "<img" not in shown


def test_every_action_has_a_sentence_in_both_languages() -> None:
    for language in LANGUAGES:
        spoken = words(language)
        for action in AuditAction:
            entry = Stored(1, 0, "anong", Via.CONSOLE, action, "incident", "17", "{}", "", "")
            said = audit_words.sentence(entry, spoken)
            assert said != action.value, (language, action)
            assert "{" not in said
            assert spoken(f"action.{action}")
        assert not [via for via in Via if f"via.{via}" == spoken.either(f"via.{via}", f"via.{via}")]
        for role in Role:
            assert spoken(f"role.{role}")
        for permission in access.Permission:
            assert spoken(f"permission.{permission}")


@quick
def test_the_audit_shows_who_did_what_masked_and_is_itself_audited_once(enter: Enter, staff: State) -> None:
    before = len(entries(staff, AuditAction.READ_AUDIT))
    app = enter("dpo", screen="audit")
    app.run()
    assert len(entries(staff, AuditAction.READ_AUDIT)) == before + 1
    newest = entries(staff, AuditAction.READ_AUDIT)[0]
    assert (newest.actor, newest.via) == ("dpo", "console")
    shown = page(app)
    assert "Tail unprotected" in shown
    year = datetime.now(BANGKOK).year
    assert f"this year is {year} (B.E. {year + 543})" in shown
    assert "Legal holds in force" in shown
    (reveal,) = entries(staff, AuditAction.REVEAL)
    told = audit_words.in_short(reveal, words("en"))
    assert "081-234-5678" not in told
    assert "1101700203450" not in told
    app.query_params["screen"] = "me"
    app.run()
    app.query_params["screen"] = "audit"
    app.run()
    assert len(entries(staff, AuditAction.READ_AUDIT)) == before + 2


@quick
def test_the_audit_is_searched_and_its_pages_are_turned(enter: Enter, staff: State) -> None:
    with staff.write() as connection:
        for number in range(230):
            audit.append(connection, Entry("robot", Via.API, AuditAction.EXPORT, "incident", str(number)))
    app = enter("boss", screen="audit")
    app.selectbox(key="audit_via").set_value(Via.API)
    app.button[0].click().run()
    hint = next(line for line in page(app).splitlines() if "as of" in line)
    app.button(key="audit_older").click().run()
    app.button(key="audit_older").click().run()
    assert app.button(key="audit_older").disabled
    app.button(key="audit_newer").click().run()
    app.button(key="audit_newer").click().run()
    assert next(line for line in page(app).splitlines() if "as of" in line).split("as of")[0] == hint.split("as of")[0]
    app.text_input(key="audit_text").set_value("1101700203450")
    app.button[0].click().run()
    assert "No entry matches" in page(app)
    (searched,) = entries(staff, AuditAction.SEARCH_IDENTIFIER)
    assert "1101700203450" not in searched.body


def test_the_audit_is_closed_to_who_may_not_read_it(staff: State) -> None:
    for name in ("anong", "wipa"):
        for call in (reading_audit.open_audit, reading_audit.audit_standing):
            with pytest.raises(ForbiddenError):
                call(staff, actor_named(staff, name))
        with pytest.raises(ForbiddenError):
            reading_audit.search_audit(staff, actor_named(staff, name), Filter())
