"""Which screens open to whom, and that what is refused there is refused at the function too."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from console.admin_seeding import actor_named
from console.entering import Enter, entries, page, quick

from warroom import access
from warroom.access import Role, accounts, totp
from warroom.access.session_policy import Proof
from warroom.console import signin
from warroom.console.person import Person
from warroom.console.texts import words
from warroom.console.ways import Way, asked_way, open_to
from warroom.store.audit import AuditAction
from warroom.store.database import State

#: The screens that these tests are about; others are each their own file's.
ABOUT_PEOPLE = frozenset({Way.INCIDENTS, Way.AUDIT, Way.ACCOUNTS, Way.ME})


@quick
@pytest.mark.parametrize(
    ("name", "audit_opens", "accounts_open"),
    [("boss", "yes", "yes"), ("dpo", "yes", "no"), ("anong", "no", "no")],
)
def test_screens_open_to_who_may(enter: Enter, name: str, audit_opens: str, accounts_open: str) -> None:
    assert ("Who did what, newest first" in page(enter(name, screen="audit"))) is (audit_opens == "yes")
    shown = page(enter(name, screen="accounts"))
    assert ("API tokens for machines" in shown) is (accounts_open == "yes")
    assert ("Your roles do not open this screen" in shown) is (accounts_open == "no")


@quick
def test_an_administrator_who_sees_no_incident_begins_with_the_accounts(enter: Enter) -> None:
    assert "API tokens for machines" in page(enter("boss"))
    assert "no role that sees incidents" in page(enter("boss", incident="1"))


@quick
def test_an_unknown_screen_is_a_message(enter: Enter) -> None:
    assert "There is no such screen" in page(enter("boss", screen="../etc"))


def test_what_is_open_follows_the_roles(staff: State) -> None:
    def ways(name: str) -> set[Way]:
        return open_to(Person(actor_named(staff, name), "en", "t")) & ABOUT_PEOPLE

    assert ways("boss") == {Way.AUDIT, Way.ACCOUNTS, Way.ME}
    assert ways("dpo") == {Way.INCIDENTS, Way.AUDIT, Way.ME}
    assert ways("anong") == {Way.INCIDENTS, Way.ME}
    confined = access.Actor("x", frozenset(Role), frozenset({"gdx"}), account_id=1)
    assert open_to(Person(confined, "en", "t")) & ABOUT_PEOPLE == {Way.INCIDENTS, Way.ME}
    without_gate = access.Actor("operator", frozenset(Role))
    assert open_to(Person(without_gate, "en", "")) & ABOUT_PEOPLE == {Way.INCIDENTS, Way.AUDIT}
    assert asked_way(None, frozenset({Way.AUDIT}), home=True) is Way.AUDIT


def test_a_link_to_a_screen_survives_signing_in() -> None:
    assert signin.address_of({"screen": "audit", "token": "x"}) == "/?screen=audit"
    assert signin.address_of({"screen": "//evil.example"}) == "/"


@quick
def test_a_role_that_asks_for_a_second_factor_opens_once_one_is_enrolled(enter: Enter) -> None:
    app = enter("boss", proof=Proof.PASSWORD, screen="accounts")
    shown = page(app)
    assert "Your role Administrator works only with a second factor" in shown
    assert "API tokens for machines" not in shown
    app.button(key="factor_begin").click().run()
    seed = base64.b32decode(app.code[0].value.replace(" ", ""))
    app.text_input(key="factor_code").set_value(totp.code_at(seed, totp.step_at(datetime.now(UTC))))
    app.button(key="factor_confirm").click().run()
    shown = page(app)
    assert "works only with a second factor" not in shown
    assert "API tokens for machines" in shown


def test_who_looks_on_is_offered_nothing_to_do(enter: Enter) -> None:
    app = enter("dpo", incident="1")
    assert words("en")("act.looking_on") in page(app)
    assert not [button for button in app.button if button.key and button.key.startswith("act_")]


def test_an_incidents_button_drawn_before_the_role_was_taken_away_does_nothing(enter: Enter, staff: State) -> None:
    app = enter("anong", incident="1")
    boss = actor_named(staff, "boss")
    accounts.set_roles(staff, boss, "anong", [Role.VIEWER], datetime.now(UTC))
    app.button(key="act_acknowledge").click().run()
    assert "lacks the permission `act_on_incidents`" in page(app)
    assert words("en")("act.looking_on") in page(app)
    assert [entry.actor for entry in entries(staff, AuditAction.REFUSED)] == ["anong"]
