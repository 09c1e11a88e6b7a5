"""One's own account on its screen: password, authenticator, sessions, language."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from console.admin_seeding import CHEAP, PASSWORD, actor_named, session_of
from console.entering import Enter, account, page, quick

from warroom.access import totp
from warroom.access.sessions import open_sessions
from warroom.store.database import State


@quick
def test_ones_password_is_changed_with_the_old_one(enter: Enter, staff: State) -> None:
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
    assert CHEAP.fits(account(staff, "anong").password_hash, PASSWORD)
    change(PASSWORD, fresh, fresh)
    assert CHEAP.fits(account(staff, "anong").password_hash, fresh)
    assert open_sessions(staff, actor_named(staff, "anong"), "anong", datetime.now(UTC)) == []


@quick
def test_an_authenticator_is_enrolled_by_a_code(enter: Enter, staff: State) -> None:
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
    assert account(staff, "anong").has_totp
    codes = app.code[0].value.splitlines()
    assert len(codes) == totp.RECOVERY_CODES
    assert text not in page(app)
    app.button(key="factor_codes_noted").click().run()
    assert not app.code
    boss = enter("boss", screen="accounts", account=str(account(staff, "anong").id))
    boss.button(key="account_factor_do").click().run()
    assert not account(staff, "anong").has_totp


@quick
def test_ones_other_sessions_end_and_this_one_stays(enter: Enter, staff: State) -> None:
    app = enter("anong", screen="me")
    session_of(staff, "anong")
    app.run()
    app.button(key="me_end_others_do").click().run()
    assert "this one" in page(app)
    assert len(open_sessions(staff, actor_named(staff, "anong"), "anong", datetime.now(UTC))) == 1


@quick
def test_the_language_is_chosen_for_the_session(enter: Enter) -> None:
    app = enter("anong", screen="me")
    app.radio(key="me_language_en").set_value("th").run()
    assert "เปลี่ยนรหัสผ่าน" in page(app)
