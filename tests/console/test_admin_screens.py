"""The screens about audit, accounts and one's own account: who may see what, and what each action leaves behind."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from console.admin_seeding import CHEAP, PASSWORD, actor_named, add_deeds, add_people, session_of
from console.seeding import fresh_state, seed
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from warroom import access
from warroom.access import Role, accounts, api_tokens, reading_audit, totp
from warroom.access.passwords import strong
from warroom.access.sessions import open_sessions
from warroom.console import audit_words, signin
from warroom.console.person import Person
from warroom.console.texts import LANGUAGES, words
from warroom.console.ways import Way, asked_way, open_to
from warroom.errors import ForbiddenError
from warroom.store import accounts as rows
from warroom.store import audit
from warroom.store.audit import AuditAction, Entry, Filter, Stored, Via
from warroom.store.database import State

if TYPE_CHECKING:
    from console.conftest import Console

# Streamlit asks for the session's context, which its own test runner has not got.
Enter = Callable[..., AppTest]
quick = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="session")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("staffed") / "data"
    state = fresh_state(folder)
    seed(state, folder)
    add_people(state)
    add_deeds(state)
    state.close()
    return folder


@pytest.fixture
def busy_day(staffed: Path) -> Path:
    """The store that ``seeded`` copies, here with people."""
    return staffed


def script(token: str) -> None:
    """The console for whoever has this session; a browser sends it as a cookie."""
    from functools import partial  # noqa: PLC0415  a script of its own

    from console.admin_seeding import doorkeeper  # noqa: PLC0415

    from warroom.console import frame  # noqa: PLC0415

    frame.run(partial(doorkeeper, token))


@pytest.fixture
def enter(seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Enter:
    monkeypatch.setenv("WARROOM_DATA", str(data_dir))
    monkeypatch.setenv("WARROOM_LANGUAGE", "en")

    def opened(name: str, **query: str) -> AppTest:
        app = AppTest.from_function(script, kwargs={"token": session_of(seeded, name)}, default_timeout=30)
        for key, value in query.items():
            app.query_params[key] = value
        return app.run()

    return opened


def page(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(str(element.proto.body) for element in app.get("html"))


def entries(state: State, *actions: AuditAction) -> list[Stored]:
    with state.read() as connection:
        return audit.read(connection, Filter(actions=actions), limit=500).entries


def account(state: State, name: str) -> rows.Account:
    with state.read() as connection:
        return rows.by_key(connection, name)


# -- who may see what


@quick
@pytest.mark.parametrize(
    ("name", "audit_opens", "accounts_open"),
    [("boss", "yes", "yes"), ("dpo", "yes", "no"), ("anong", "no", "no"), ("wipa", "no", "no")],
)
def test_screens_open_to_who_may(enter: Enter, name: str, audit_opens: str, accounts_open: str) -> None:
    assert ("Who did what, newest first" in page(enter(name, screen="audit"))) is (audit_opens == "yes")
    shown = page(enter(name, screen="accounts"))
    assert ("API tokens for machines" in shown) is (accounts_open == "yes")
    assert ("Your roles do not open this screen" in shown) is (accounts_open == "no")
    assert "Change the password" in page(enter(name, screen="me"))


@quick
def test_an_administrator_who_sees_no_incident_begins_with_the_accounts(enter: Enter) -> None:
    assert "API tokens for machines" in page(enter("boss"))
    assert "no role that sees incidents" in page(enter("boss", incident="1"))


@quick
def test_an_unknown_screen_is_a_message(enter: Enter) -> None:
    assert "There is no such screen" in page(enter("boss", screen="../etc"))


def test_what_is_open_follows_the_roles(seeded: State) -> None:
    def ways(name: str) -> set[Way]:
        return set(open_to(Person(actor_named(seeded, name), "en", "t")))

    assert ways("boss") == {Way.AUDIT, Way.ACCOUNTS, Way.ME}
    assert ways("dpo") == {Way.INCIDENTS, Way.AUDIT, Way.ME}
    assert ways("anong") == {Way.INCIDENTS, Way.ME}
    confined = access.Actor("x", frozenset(Role), frozenset({"gdx"}), account_id=1)
    assert set(open_to(Person(confined, "en", "t"))) == {Way.INCIDENTS, Way.ME}
    without_gate = access.Actor("operator", frozenset(Role))
    assert set(open_to(Person(without_gate, "en", ""))) == {Way.INCIDENTS, Way.AUDIT}
    assert asked_way(None, frozenset({Way.AUDIT}), home=True) is Way.AUDIT


def test_a_link_to_a_screen_survives_signing_in() -> None:
    assert signin.address_of({"screen": "audit", "token": "x"}) == "/?screen=audit"
    assert signin.address_of({"screen": "//evil.example"}) == "/"


# -- the audit


@quick
def test_what_an_entry_says_cannot_break_out_of_the_page(enter: Enter, seeded: State) -> None:
    hostile = "<img src=http://203.0.113.250/x.png onerror=alert(1)>"
    with seeded.write() as connection:
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
def test_the_audit_shows_who_did_what_masked_and_is_itself_audited_once(enter: Enter, seeded: State) -> None:
    before = len(entries(seeded, AuditAction.READ_AUDIT))
    app = enter("dpo", screen="audit")
    app.run()
    assert len(entries(seeded, AuditAction.READ_AUDIT)) == before + 1
    newest = entries(seeded, AuditAction.READ_AUDIT)[0]
    assert (newest.actor, newest.via) == ("dpo", "console")
    shown = page(app)
    assert "Tail unprotected" in shown
    assert "Legal holds in force" in shown
    (reveal,) = entries(seeded, AuditAction.REVEAL)
    told = audit_words.in_short(reveal, words("en"))
    assert "081-234-5678" not in told
    assert "1101700203450" not in told
    app.query_params["screen"] = "me"
    app.run()
    app.query_params["screen"] = "audit"
    app.run()
    assert len(entries(seeded, AuditAction.READ_AUDIT)) == before + 2


@quick
def test_the_audit_is_searched_and_its_pages_are_turned(enter: Enter, seeded: State) -> None:
    with seeded.write() as connection:
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
    (searched,) = entries(seeded, AuditAction.SEARCH_IDENTIFIER)
    assert "1101700203450" not in searched.body


def test_the_audit_is_closed_to_who_may_not_read_it(seeded: State) -> None:
    for name in ("anong", "wipa"):
        for call in (reading_audit.open_audit, reading_audit.audit_standing):
            with pytest.raises(ForbiddenError):
                call(seeded, actor_named(seeded, name))
        with pytest.raises(ForbiddenError):
            reading_audit.search_audit(seeded, actor_named(seeded, name), Filter())


# -- accounts


@quick
@pytest.mark.parametrize("first", ["link", "password"])
def test_an_account_is_made_and_its_secret_is_shown_once(enter: Enter, seeded: State, first: str) -> None:
    app = enter("boss", screen="accounts")
    app.text_input(key="making_name_0").set_value("malee")
    app.multiselect(key="making_roles_0").set_value([Role.VIEWER])
    app.multiselect(key="making_platforms_0").set_value(["gdx"])
    app.radio(key="making_first_0").set_value(first)
    app.button(key="making_do").click().run()
    made = account(seeded, "malee")
    assert (made.roles, made.platforms) == (frozenset({"viewer"}), frozenset({"gdx"}))
    secret = app.code[0].value
    if first == "link":
        token = secret.partition("token=")[2]
        assert access.purpose_of(seeded, token, datetime.now(UTC)) is access.LinkPurpose.PASSWORD
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
def test_roles_and_platforms_are_changed(enter: Enter, seeded: State) -> None:
    anong = account(seeded, "anong")
    app = enter("boss", screen="accounts", account=str(anong.id))
    mark = f"{anong.id}_{anong.changed_at}"
    app.multiselect(key=f"account_roles_{mark}").set_value([Role.VIEWER])
    app.multiselect(key=f"account_platforms_{mark}").set_value(["gdx"])
    app.button(key="account_save").click().run()
    assert "Saved. It works at once." in page(app)
    changed = account(seeded, "anong")
    assert (changed.roles, changed.platforms) == (frozenset({"viewer"}), frozenset({"gdx"}))


@quick
def test_what_somebody_else_changed_first_is_not_overwritten(enter: Enter, seeded: State) -> None:
    anong = account(seeded, "anong")
    app = enter("boss", screen="accounts", account=str(anong.id))
    accounts.set_roles(seeded, actor_named(seeded, "niran"), "anong", [Role.SHIFT_LEAD], datetime.now(UTC))
    app.multiselect(key=f"account_roles_{anong.id}_{anong.changed_at}").set_value([Role.VIEWER])
    app.button(key="account_save").click().run()
    assert "Somebody else changed this account first" in page(app)
    assert account(seeded, "anong").roles == {"shift_lead"}


@quick
def test_an_account_is_disabled_and_enabled_and_its_sessions_end(enter: Enter, seeded: State) -> None:
    number, now = str(account(seeded, "anong").id), datetime.now(UTC)
    boss = actor_named(seeded, "boss")
    app = enter("boss", screen="accounts", account=number)
    (session,) = open_sessions(seeded, boss, "anong", now)
    app.button(key=f"session_end_{session.handle}").click().run()
    assert open_sessions(seeded, boss, "anong", now) == []
    token = session_of(seeded, "anong")
    app.run()
    app.button(key="account_disable_do").click().run()
    assert not account(seeded, "anong").is_active
    assert access.find_session(seeded, token, now) is None
    app.button(key="account_enable").click().run()
    assert account(seeded, "anong").is_active
    app.button(key="account_link").click().run()
    assert "/signin?token=" in app.code[0].value


@quick
def test_the_last_administrator_stays_one(enter: Enter, seeded: State) -> None:
    accounts.disable(seeded, actor_named(seeded, "boss"), "niran", datetime.now(UTC))
    boss = account(seeded, "boss")
    app = enter("boss", screen="accounts", account=str(boss.id))
    app.button(key="account_disable_do").click().run()
    assert "boss is the last administrator" in page(app)
    assert account(seeded, "boss").is_active


@quick
def test_a_token_is_made_shown_once_and_revoked(enter: Enter, seeded: State) -> None:
    app = enter("boss", screen="accounts")
    number = account(seeded, "prometheus").id
    app.selectbox(key="token_account_0").set_value("prometheus").run()
    assert access.Permission.MANAGE_ACCOUNTS not in app.multiselect(key=f"token_scopes_{number}_0").options
    app.multiselect(key=f"token_scopes_{number}_0").set_value([access.Permission.READ_METRICS])
    app.text_input(key="token_label_0").set_value("our monitor")
    app.button(key="token_make").click().run()
    token, now = app.code[0].value, datetime.now(UTC)
    assert api_tokens.actor_of_token(seeded, token, now) is not None
    (made, *_) = api_tokens.list_tokens(seeded, actor_named(seeded, "boss"))
    assert (made.label, made.scopes) == ("our monitor", {"read_metrics"})
    app.query_params["token"] = str(made.number)
    app.run()
    app.button(key="token_revoke_do").click().run()
    assert api_tokens.actor_of_token(seeded, token, now) is None


@quick
@pytest.mark.parametrize("button", ["account_disable_do", "account_save", "account_link", "sessions_end_all_do"])
def test_a_button_drawn_before_the_role_was_taken_away_does_nothing(enter: Enter, seeded: State, button: str) -> None:
    anong = account(seeded, "anong")
    app = enter("boss", screen="accounts", account=str(anong.id))
    app.multiselect(key=f"account_roles_{anong.id}_{anong.changed_at}").set_value([Role.ADMINISTRATOR])
    accounts.set_roles(seeded, actor_named(seeded, "niran"), "boss", [Role.ANALYST], datetime.now(UTC))
    refused = len(entries(seeded, AuditAction.REFUSED))
    app.button(key=button).click().run()
    assert "Your roles do not open this screen" in page(app)
    assert account(seeded, "anong") == anong
    assert len(open_sessions(seeded, actor_named(seeded, "niran"), "anong", datetime.now(UTC))) == 1
    newest, *_ = entries(seeded, AuditAction.REFUSED)
    assert len(entries(seeded, AuditAction.REFUSED)) == refused + 1
    assert newest.actor == "boss"


@quick
def test_a_session_that_ended_does_nothing(enter: Enter, seeded: State) -> None:
    app = enter("boss", screen="accounts", account=str(account(seeded, "anong").id))
    access.end_sessions(seeded, actor_named(seeded, "niran"), "boss", datetime.now(UTC))
    app.button(key="account_disable_do").click().run()
    assert account(seeded, "anong").is_active
    assert "API tokens for machines" not in page(app)


# -- one's own account


@quick
def test_ones_password_is_changed_with_the_old_one(enter: Enter, seeded: State) -> None:
    def change(old: str, new: str, again: str) -> str:
        app = enter("anong", screen="me")
        for name, value in (("old", old), ("new", new), ("again", again)):
            app.text_input(key=f"me_{name}").set_value(value)
        app.button(key="me_change").click().run()
        return page(app)

    fresh = "quilt marble fjord eleven"
    assert "are not the same" in change(PASSWORD, fresh, "another")
    assert "The old password is wrong." in change("wrong", fresh, fresh)
    assert "too short" in change(PASSWORD, "short", "short")
    assert CHEAP.fits(account(seeded, "anong").password_hash, PASSWORD)
    change(PASSWORD, fresh, fresh)
    assert CHEAP.fits(account(seeded, "anong").password_hash, fresh)
    assert open_sessions(seeded, actor_named(seeded, "anong"), "anong", datetime.now(UTC)) == []


@quick
def test_an_authenticator_is_enrolled_by_a_code(enter: Enter, seeded: State) -> None:
    app = enter("anong", screen="me")
    app.button(key="factor_begin").click().run()
    assert 'src="data:image/svg+xml' in page(app)
    text = app.code[0].value.replace(" ", "")
    seed_bytes = base64.b32decode(text + "=" * (-len(text) % 8))
    app.text_input(key="factor_code").set_value("000000")
    app.button(key="factor_confirm").click().run()
    assert "This code is wrong or was used" in page(app)
    app.text_input(key="factor_code").set_value(totp.code_at(seed_bytes, totp.step_at(datetime.now(UTC))))
    app.button(key="factor_confirm").click().run()
    assert account(seeded, "anong").has_totp
    codes = app.code[0].value.splitlines()
    assert len(codes) == totp.RECOVERY_CODES
    assert text not in page(app)
    app.button(key="factor_codes_noted").click().run()
    assert not app.code
    boss = enter("boss", screen="accounts", account=str(account(seeded, "anong").id))
    boss.button(key="account_factor_do").click().run()
    assert not account(seeded, "anong").has_totp


@quick
def test_ones_other_sessions_end_and_this_one_stays(enter: Enter, seeded: State) -> None:
    app = enter("anong", screen="me")
    session_of(seeded, "anong")
    app.run()
    app.button(key="me_end_others_do").click().run()
    assert "this one" in page(app)
    assert len(open_sessions(seeded, actor_named(seeded, "anong"), "anong", datetime.now(UTC))) == 1


@quick
def test_the_language_is_chosen_for_the_session(enter: Enter) -> None:
    app = enter("anong", screen="me")
    app.radio(key="me_language_en").set_value("th").run()
    assert "เปลี่ยนรหัสผ่าน" in page(app)


# -- in a real browser


SHOWN = {
    "audit": (".st-key-panel_audit_chain", "tr[data-id]"),
    "accounts": (".st-key-panel_account_new", "tr[data-id]"),
    "me": (".st-key-panel_me_language", ".wr-session"),
}


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_screen_opens_from_the_masthead(
    console: Console, page: Page, language: str, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    console.watch(page)
    token = session_of(console.state, "boss", language=language)
    page.context.add_cookies([{"name": "warroom_session", "value": token, "url": console.url}])
    page.goto(f"{console.url}/?screen=me")
    page.wait_for_selector(".st-key-factor_begin")
    spoken = words(language)
    for name, selectors in SHOWN.items():
        page.get_by_role("button", name="boss" if name == "me" else spoken(f"app.{name}"), exact=True).click()
        expect(page).to_have_url(f"{console.url}/?screen={name}")
        for selector in selectors:
            expect(page.locator(selector).first).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert wide, name
    page.click(".st-key-factor_begin button")
    drawn = page.locator(".wr-qr")
    expect(drawn).to_be_visible()
    assert drawn.evaluate("picture => picture.naturalWidth") > 0
    page.goto(f"{console.url}/?screen=accounts")
    page.locator("tr[data-id]", has_text="wipa").click()
    expect(page.locator(".st-key-panel_account_chosen")).to_contain_text("wipa")
    page.goto(f"{console.url}/?screen=audit")
    page.locator(".st-key-panel_audit_entries .scroll").focus()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-panel_audit_entry dl")).to_be_visible()
    assert console.complaints == []


@pytest.mark.slow
def test_a_wall_shows_no_links(console: Console, page: Page) -> None:
    token = session_of(console.state, "dpo")
    page.context.add_cookies([{"name": "warroom_session", "value": token, "url": console.url}])
    page.goto(f"{console.url}/?wall=1")
    page.wait_for_selector("tr[data-incident]")
    assert page.locator("nav.links, button:visible").count() == 0


def test_who_looks_on_is_offered_nothing_to_do(enter: Enter) -> None:
    app = enter("dpo", incident="1")
    assert words("en")("act.looking_on") in page(app)
    assert not [button for button in app.button if button.key and button.key.startswith("act_")]


def test_an_incidents_button_drawn_before_the_role_was_taken_away_does_nothing(enter: Enter, seeded: State) -> None:
    app = enter("anong", incident="1")
    boss = actor_named(seeded, "boss")
    accounts.set_roles(seeded, boss, "anong", [Role.VIEWER], datetime.now(UTC))
    app.button(key="act_acknowledge").click().run()
    assert "lacks the permission `act_on_incidents`" in page(app)
    assert words("en")("act.looking_on") in page(app)
    assert [entry.actor for entry in entries(seeded, AuditAction.REFUSED)] == ["anong"]
