"""The accounts screen: what each action leaves behind, and what a button of before does no more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from console.admin_seeding import actor_named, session_of
from console.entering import Enter, account, entries, page, quick

from warroom import access
from warroom.access import Role, accounts, api_tokens
from warroom.access.passwords import strong
from warroom.access.sessions import open_sessions
from warroom.store.audit import AuditAction
from warroom.store.database import State


@quick
@pytest.mark.parametrize("first", ["link", "password"])
def test_an_account_is_made_and_its_secret_is_shown_once(enter: Enter, staff: State, first: str) -> None:
    app = enter("boss", screen="accounts")
    app.text_input(key="making_name_0").set_value("malee")
    app.multiselect(key="making_roles_0").set_value([Role.VIEWER])
    app.multiselect(key="making_platforms_0").set_value(["gdx"])
    app.radio(key="making_first_0").set_value(first)
    app.button(key="making_do").click().run()
    made = account(staff, "malee")
    assert (made.roles, made.platforms) == (frozenset({"viewer"}), frozenset({"gdx"}))
    secret = app.code[0].value
    if first == "link":
        token = secret.partition("token=")[2]
        assert access.purpose_of(staff, token, datetime.now(UTC)) is access.LinkPurpose.PASSWORD
    else:
        assert made.must_change_password
        assert strong().fits(made.password_hash, secret)
    app.button(key=f"making_{first}_noted").click().run()
    assert not app.code
    assert secret not in page(app)


@quick
def test_a_secret_is_gone_once_its_screen_is_left(enter: Enter) -> None:
    app = enter("boss", screen="accounts")
    app.text_input(key="making_name_0").set_value("malee")
    app.multiselect(key="making_roles_0").set_value([Role.VIEWER])
    app.button(key="making_do").click().run()
    assert app.code
    app.query_params["screen"] = "me"
    app.run()
    app.query_params["screen"] = "accounts"
    app.run()
    assert not app.code


@quick
def test_roles_and_platforms_are_changed(enter: Enter, staff: State) -> None:
    anong = account(staff, "anong")
    app = enter("boss", screen="accounts", account=str(anong.id))
    mark = f"{anong.id}_{anong.changed_at}"
    app.multiselect(key=f"account_roles_{mark}").set_value([Role.VIEWER])
    app.multiselect(key=f"account_platforms_{mark}").set_value(["gdx"])
    app.button(key="account_save").click().run()
    assert "Saved. It works at once." in page(app)
    changed = account(staff, "anong")
    assert (changed.roles, changed.platforms) == (frozenset({"viewer"}), frozenset({"gdx"}))


@quick
def test_what_somebody_else_changed_first_is_not_overwritten(enter: Enter, staff: State) -> None:
    anong = account(staff, "anong")
    app = enter("boss", screen="accounts", account=str(anong.id))
    accounts.set_roles(staff, actor_named(staff, "niran"), "anong", [Role.SHIFT_LEAD], datetime.now(UTC))
    app.multiselect(key=f"account_roles_{anong.id}_{anong.changed_at}").set_value([Role.VIEWER])
    app.button(key="account_save").click().run()
    assert "Somebody else changed this account first" in page(app)
    assert account(staff, "anong").roles == {"shift_lead"}


@quick
def test_an_account_is_disabled_and_enabled_and_its_sessions_end(enter: Enter, staff: State) -> None:
    number, now = str(account(staff, "anong").id), datetime.now(UTC)
    boss = actor_named(staff, "boss")
    app = enter("boss", screen="accounts", account=number)
    (session,) = open_sessions(staff, boss, "anong", now)
    app.button(key=f"session_end_{session.handle}").click().run()
    assert open_sessions(staff, boss, "anong", now) == []
    token = session_of(staff, "anong")
    app.run()
    app.button(key="account_disable_do").click().run()
    assert not account(staff, "anong").is_active
    assert access.find_session(staff, token, now) is None
    app.button(key="account_enable").click().run()
    assert account(staff, "anong").is_active
    app.button(key="account_link").click().run()
    assert "/signin?token=" in app.code[0].value


@quick
def test_the_last_administrator_stays_one(enter: Enter, staff: State) -> None:
    accounts.disable(staff, actor_named(staff, "boss"), "niran", datetime.now(UTC))
    boss = account(staff, "boss")
    app = enter("boss", screen="accounts", account=str(boss.id))
    app.button(key="account_disable_do").click().run()
    assert "boss is the last administrator" in page(app)
    assert account(staff, "boss").is_active


@quick
def test_a_token_is_made_shown_once_and_revoked(enter: Enter, staff: State) -> None:
    app = enter("boss", screen="accounts")
    number = account(staff, "prometheus").id
    app.selectbox(key="token_account_0").set_value("prometheus").run()
    assert access.Permission.MANAGE_ACCOUNTS not in app.multiselect(key=f"token_scopes_{number}_0").options
    app.multiselect(key=f"token_scopes_{number}_0").set_value([access.Permission.READ_METRICS])
    app.text_input(key="token_label_0").set_value("our monitor")
    app.button(key="token_make").click().run()
    token, now = app.code[0].value, datetime.now(UTC)
    assert api_tokens.actor_of_token(staff, token, now) is not None
    (made, *_) = api_tokens.list_tokens(staff, actor_named(staff, "boss"))
    assert (made.label, made.scopes) == ("our monitor", {"read_metrics"})
    app.query_params["token"] = str(made.number)
    app.run()
    app.button(key="token_revoke_do").click().run()
    assert api_tokens.actor_of_token(staff, token, now) is None


@quick
@pytest.mark.parametrize("button", ["account_save", "sessions_end_all_do"])
def test_a_button_drawn_before_the_role_was_taken_away_does_nothing(enter: Enter, staff: State, button: str) -> None:
    anong = account(staff, "anong")
    app = enter("boss", screen="accounts", account=str(anong.id))
    app.multiselect(key=f"account_roles_{anong.id}_{anong.changed_at}").set_value([Role.ADMINISTRATOR])
    accounts.set_roles(staff, actor_named(staff, "niran"), "boss", [Role.ANALYST], datetime.now(UTC))
    refused = len(entries(staff, AuditAction.REFUSED))
    app.button(key=button).click().run()
    assert "Your roles do not open this screen" in page(app)
    assert account(staff, "anong") == anong
    assert len(open_sessions(staff, actor_named(staff, "niran"), "anong", datetime.now(UTC))) == 1
    newest, *_ = entries(staff, AuditAction.REFUSED)
    assert len(entries(staff, AuditAction.REFUSED)) == refused + 1
    assert newest.actor == "boss"


@quick
def test_a_session_that_ended_does_nothing(enter: Enter, staff: State) -> None:
    app = enter("boss", screen="accounts", account=str(account(staff, "anong").id))
    access.end_sessions(staff, actor_named(staff, "niran"), "boss", datetime.now(UTC))
    app.button(key="account_disable_do").click().run()
    assert account(staff, "anong").is_active
    assert "API tokens for machines" not in page(app)
