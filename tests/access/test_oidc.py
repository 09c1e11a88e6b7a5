"""Signing in by a real provider on this machine: who gets in, with which roles, and for how long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from access.people import ADMIN, KEY, audited, make, stored
from oidc_provider.running import CLIENT, OTHER_CLIENT, Browser, Running, running, signing_key

from warroom import access
from warroom.access import accounts, oidc
from warroom.access.oidc.keeping import GRACE_SECONDS
from warroom.access.oidc.tokens import id_token_claims
from warroom.access.roles import Role
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.database import State

pytestmark = pytest.mark.slow

BACK = "http://127.0.0.1:9/oidc/callback"
ANONG = {"name": "อนงค์ ใจดี", "preferred_username": "anong", "roles": ["soc", "canteen"]}
ERRAND = oidc.Errand(BACK, "en", {})
DUE = timedelta(seconds=300)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("provider"), BACK) as one:
        yield one


@pytest.fixture
def there(started: Running) -> Running:
    started.knows(anong=ANONG)
    return started


def now() -> datetime:
    return datetime.now(UTC)


def answered(
    provider: oidc.Provider, login: str = "anong", browser: Browser | None = None
) -> tuple[str, dict[str, str]]:
    """Go to the provider and sign in there; gives our cookie and what the redirect back brings."""
    address, cookie = oidc.begin(provider, KEY, ERRAND, now())
    return cookie, (browser or Browser(BACK)).go(address, login)


def enter(
    state: State, provider: oidc.Provider, login: str = "anong", browser: Browser | None = None
) -> str | oidc.Refused:
    cookie, answer = answered(provider, login, browser)
    identity, errand = oidc.finish(provider, KEY, cookie, answer, now())
    return oidc.sign_in(state, KEY, provider.config, identity, now(), language=errand.language)


def enters(state: State, provider: oidc.Provider, login: str = "anong", browser: Browser | None = None) -> str:
    token = enter(state, provider, login, browser)
    assert not isinstance(token, oidc.Refused)
    return token


def roles(state: State, token: str) -> frozenset[Role] | None:
    session = access.find_session(state, token, now())
    return None if session is None else session.actor.roles


def last_reason(state: State) -> str:
    with state.read() as connection:
        return read(connection, Filter(subject_kind="account"), limit=1).entries[0].body


def test_the_first_sign_in_makes_an_account_with_the_roles_of_the_claims(state: State, there: Running) -> None:
    token = enters(state, there.provider())
    account = stored(state, "anong")
    assert (account.oidc_issuer, account.oidc_subject) == (there.issuer, "anong")
    assert (account.display_name, account.roles, account.password_hash) == ("อนงค์ ใจดี", {"analyst"}, None)
    assert roles(state, token) == {Role.ANALYST}
    assert [action for _, action, _ in audited(state)] == ["account_changed", "sign_in"]
    (open_one,) = access.sessions.open_sessions(state, ADMIN, "anong", now())
    assert open_one.proof == "oidc"


def test_what_is_kept_of_the_provider_cannot_be_read_in_the_database(
    state: State, data_dir: Path, there: Running
) -> None:
    provider = there.provider()
    cookie, answer = answered(provider)
    identity, _ = oidc.finish(provider, KEY, cookie, answer, now())
    oidc.sign_in(state, KEY, provider.config, identity, now(), language="th")
    assert identity.refresh_token
    held = b"".join(path.read_bytes() for path in data_dir.glob("state.db*"))
    assert identity.refresh_token.encode() not in held
    assert identity.access_token is not None
    assert identity.access_token.encode() not in held


def test_the_account_is_known_by_its_subject_and_never_by_a_name_or_an_address(state: State, there: Running) -> None:
    make(state, "anong", Role.ADMINISTRATOR)
    enters(state, there.provider())
    assert stored(state, "anong").oidc_subject is None
    assert stored(state, "anong-2").roles == {"analyst"}
    there.knows(anong=ANONG | {"preferred_username": "renamed", "email": "anong@example.go.th"})
    enters(state, there.provider())
    assert stored(state, "anong-2").oidc_subject == "anong"
    assert (
        len(
            accounts.list_accounts(
                state,
                ADMIN,
            )
        )
        == 2
    )


def test_an_account_that_an_administrator_bound_is_entered_and_follows_the_claims(state: State, there: Running) -> None:
    make(state, "boss", Role.ADMINISTRATOR, password="trams nimble oak seven", due=True)  # noqa: S106  of nobody
    make(state, "niran", Role.ADMINISTRATOR)
    accounts.bind_oidc(state, ADMIN, "boss", there.issuer, "anong", now())
    token = enters(state, there.provider())
    assert roles(state, token) == {Role.ANALYST}
    assert stored(state, "boss").password_hash is None  # the one that somebody else chose
    assert ("boss", "role_changed", "boss") in audited(state)


@pytest.mark.parametrize("claims", [{"roles": []}, {"roles": ["canteen"]}, {}, {"roles": {"soc": 1}}])
def test_who_has_no_role_here_does_not_get_in_and_leaves_no_account(
    state: State, there: Running, claims: dict[str, object]
) -> None:
    there.knows(anong={"preferred_username": "anong"} | claims)
    assert enter(state, there.provider()) is oidc.Refused.NO_ROLE
    assert accounts.list_accounts(state, ADMIN) == []


def test_a_disabled_account_stays_closed_whatever_the_provider_says(state: State, there: Running) -> None:
    enters(state, there.provider())
    accounts.disable(state, ADMIN, "anong", now())
    assert enter(state, there.provider()) is oidc.Refused.DISABLED


def test_a_role_change_at_the_provider_works_within_the_interval(state: State, there: Running) -> None:
    provider = there.provider()
    token = enters(state, provider)
    there.knows(anong=ANONG | {"roles": ["lead"]})
    assert oidc.recheck(state, KEY, provider, now() + DUE - timedelta(seconds=10)) == 0
    assert roles(state, token) == {Role.ANALYST}
    assert oidc.recheck(state, KEY, provider, now() + DUE) == 1
    assert roles(state, token) == {Role.ANALYST, Role.SHIFT_LEAD}
    there.knows(anong=ANONG)
    assert oidc.recheck(state, KEY, provider, now() + 2 * DUE) == 1  # with the refresh token that came anew
    assert roles(state, token) == {Role.ANALYST}


def test_losing_the_last_role_ends_the_session_and_leaves_none_on_the_account(state: State, there: Running) -> None:
    provider = there.provider()
    token = enters(state, provider)
    there.knows(anong=ANONG | {"roles": []})
    oidc.recheck(state, KEY, provider, now() + DUE)
    assert roles(state, token) is None
    assert stored(state, "anong").roles == frozenset()
    assert "grants no role any more" in last_reason(state)


def test_the_last_administrator_stays_one_whatever_the_claims_grant(state: State, there: Running) -> None:
    make(state, "boss", Role.ADMINISTRATOR)
    accounts.bind_oidc(state, ADMIN, "boss", there.issuer, "anong", now())
    provider = there.provider()
    token = enters(state, provider)  # the claims grant `analyst` alone
    oidc.recheck(state, KEY, provider, now() + DUE)
    assert roles(state, token) == {Role.ANALYST, Role.ADMINISTRATOR}
    # Told once, and on the screen, until it is not so any more.
    with state.read() as connection:
        entries = read(connection, Filter(actions=(AuditAction.ACCOUNT_CHANGED,)), limit=50).entries
        told = [entry for entry in entries if "last administrator kept" in entry.body]
        warned = oidc.kept_administrator(connection, [stored(state, "boss")])
    assert len(told) == 1
    assert warned is not None
    assert warned.name == "boss"
    make(state, "niran", Role.ADMINISTRATOR)
    oidc.recheck(state, KEY, provider, now() + 2 * DUE)
    assert roles(state, token) == {Role.ANALYST}
    with state.read() as connection:
        assert oidc.kept_administrator(connection, [stored(state, name) for name in ("boss", "niran")]) is None


def test_the_last_administrator_whom_the_provider_grants_nothing_keeps_the_role_and_is_out(
    state: State, there: Running
) -> None:
    make(state, "boss", Role.ADMINISTRATOR)
    accounts.bind_oidc(state, ADMIN, "boss", there.issuer, "anong", now())
    provider = there.provider()
    token = enters(state, provider)
    there.knows(anong=ANONG | {"roles": []})
    oidc.recheck(state, KEY, provider, now() + DUE)
    assert roles(state, token) is None
    assert enter(state, provider) is oidc.Refused.NO_ROLE
    assert stored(state, "boss").roles == {"administrator"}


def test_signing_out_at_the_provider_ends_the_session_within_the_interval(state: State, there: Running) -> None:
    provider, browser = there.provider(), Browser(BACK)
    token, other = enters(state, provider, browser=browser), enters(state, provider)
    browser.sign_out(there.issuer)
    assert oidc.recheck(state, KEY, provider, now() + DUE) == 2
    assert roles(state, token) is None
    assert roles(state, other) == {Role.ANALYST}  # it was another one of the provider's sessions


def test_who_is_gone_at_the_provider_is_out_within_the_interval(state: State, there: Running) -> None:
    provider = there.provider()
    token = enters(state, provider)
    there.knows()
    oidc.recheck(state, KEY, provider, now() + DUE)
    assert roles(state, token) is None
    assert oidc.recheck(state, KEY, provider, now() + 2 * DUE) == 0  # and is not asked about any more


def test_two_processes_ask_once(state: State, there: Running) -> None:
    provider = there.provider()
    enters(state, provider)
    later = now() + DUE
    assert [oidc.recheck(state, KEY, provider, later) for _ in range(2)] == [1, 0]


def test_a_provider_that_is_down_ends_nobody_before_the_grace_is_over(state: State, there: Running) -> None:
    provider = there.provider()
    token = enters(state, provider)
    there.stop()
    try:
        assert oidc.recheck(state, KEY, provider, now() + DUE) == 1
        assert roles(state, token) == {Role.ANALYST}
        oidc.recheck(state, KEY, provider, now() + 2 * DUE + timedelta(seconds=GRACE_SECONDS))
        assert roles(state, token) is None
        assert "not answered for too long" in last_reason(state)
    finally:
        there.start()


def test_a_session_that_nobody_confirms_ends_by_itself(state: State, there: Running) -> None:
    """Also where nobody looks any more: the console's watch is gone, or what was kept is."""
    token = enters(state, there.provider())
    after = now() + DUE + timedelta(seconds=GRACE_SECONDS)
    assert access.find_session(state, token, after - timedelta(seconds=5)) is not None
    assert access.find_session(state, token, after + timedelta(seconds=5)) is None


def test_sessions_end_when_no_provider_or_another_one_is_set(state: State, there: Running) -> None:
    token = enters(state, there.provider())
    assert oidc.end_all(state, now()) == 1
    assert roles(state, token) is None
    token = enters(state, there.provider())
    oidc.recheck(state, KEY, there.provider(issuer="http://localhost:9/else"), now() + DUE)
    assert roles(state, token) is None


def test_a_token_sealed_with_another_key_ends_the_session(state: State, there: Running) -> None:
    provider = there.provider()
    token = enters(state, provider)
    oidc.recheck(state, access.keys.SecretKey(b"another key, 32 bytes long ....."), provider, now() + DUE)
    assert roles(state, token) is None


def test_the_code_opens_one_session_and_a_replay_ends_even_that(state: State, there: Running) -> None:
    provider = there.provider()
    cookie, answer = answered(provider)
    identity, _ = oidc.finish(provider, KEY, cookie, answer, now())
    token = oidc.sign_in(state, KEY, provider.config, identity, now(), language="th")
    assert not isinstance(token, oidc.Refused)
    with pytest.raises(oidc.NotVouchedError, match="does not honour"):
        oidc.finish(provider, KEY, cookie, answer, now())
    oidc.recheck(state, KEY, provider, now() + DUE)  # the provider took its tokens back
    assert roles(state, token) is None


def test_the_answer_to_one_browser_is_worth_nothing_in_another(there: Running) -> None:
    provider = there.provider()
    mine, answer = answered(provider)
    others, _ = answered(provider)
    for cookie, told, reason in (
        (others, answer, "its state is another"),
        (mine, answer | {"state": ""}, "its state is another"),
        (mine, {name: answer[name] for name in ("code", "iss")}, "its state is another"),
        ("", answer, "did not begin"),
        (mine[:-8] + "AAAAAAA=", answer, "did not begin"),
        ("x" * 5000, answer, "did not begin"),
        (mine, answer | {"iss": "https://evil.example"}, "another provider"),
        (mine, {name: answer[name] for name in ("code", "state")}, "names itself"),
        (mine, answer | {"error": "access_denied"}, "signed nobody in"),
        (mine, answer | {"code": ""}, "signed nobody in"),
    ):
        with pytest.raises(oidc.NotVouchedError, match=reason):
            oidc.finish(provider, KEY, cookie, told, now())
    with pytest.raises(oidc.NotVouchedError, match="took too long"):
        oidc.finish(provider, KEY, mine, answer, now() + timedelta(seconds=oidc.LIFETIME_SECONDS + 1))
    assert oidc.finish(provider, KEY, mine, answer, now())[0].subject == "anong"  # none of it used the code up


def test_a_code_that_another_browser_brought_in_fails_by_the_verifier(there: Running) -> None:
    provider = there.provider()
    _, victims = answered(provider)
    cookie, mine = answered(provider)
    with pytest.raises(oidc.NotVouchedError, match="does not honour"):
        oidc.finish(provider, KEY, cookie, mine | {"code": victims["code"]}, now())


def test_a_provider_that_calls_itself_otherwise_is_refused(there: Running) -> None:
    elsewhere = there.provider(issuer=there.issuer.replace("localhost", "127.0.0.1"))
    with pytest.raises(oidc.NotVouchedError, match="calls itself otherwise"):
        oidc.begin(elsewhere, KEY, ERRAND, now())


def test_tokens_of_another_issuer_or_for_another_audience_are_refused(tmp_path: Path) -> None:
    """Real ID tokens, each good in its own place, and both signed with the key that we know."""
    key = signing_key()
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
    with running(tmp_path / "ours", BACK, key=key) as ours, running(tmp_path / "theirs", BACK, key=key) as theirs:
        provider = ours.provider()
        for maker, client, reason in (
            (theirs, CLIENT, "by another issuer"),
            (ours, OTHER_CLIENT, "for another audience"),
            (ours, CLIENT, None),
        ):
            maker.knows(anong=ANONG)
            asking = maker.provider(client_id=client)
            cookie, answer = answered(asking)
            token, nonce = _id_token(asking, cookie, answer)
            assert id_token_claims(asking, token, now(), nonce=nonce)["sub"] == "anong"
            if reason is None:
                assert id_token_claims(provider, token, now(), nonce=nonce)["aud"] == CLIENT
                with pytest.raises(oidc.NotVouchedError, match="its nonce is not ours"):
                    id_token_claims(provider, token, now(), nonce="of another sign-in")
                with pytest.raises(oidc.NotVouchedError, match="has expired"):
                    id_token_claims(provider, token, now() + timedelta(seconds=700), nonce=nonce)
                continue
            with pytest.raises(oidc.NotVouchedError, match=reason):
                id_token_claims(provider, token, now(), nonce=nonce)


def test_a_client_secret_that_is_wrong_is_our_fault_and_not_the_persons(state: State, there: Running) -> None:
    token = enters(state, there.provider())
    wrong = there.provider(secret="another")  # noqa: S106  of nobody
    cookie, answer = answered(wrong)
    with pytest.raises(oidc.ProviderDownError, match="refuses the war room itself: invalid_client"):
        oidc.finish(wrong, KEY, cookie, answer, now())
    oidc.recheck(state, KEY, wrong, now() + DUE)
    assert roles(state, token) == {Role.ANALYST}


def test_roles_that_only_userinfo_tells_and_no_refresh_token(state: State, tmp_path: Path) -> None:
    with running(tmp_path, BACK, idTokenClaims=False, accessSeconds=4) as there:
        there.knows(anong=ANONG)
        provider = there.provider(client_id=OTHER_CLIENT)
        token = enters(state, provider)
        assert roles(state, token) == {Role.ANALYST}
        there.knows(anong=ANONG | {"roles": ["lead"]})
        oidc.recheck(state, KEY, provider, now() + DUE)
        assert roles(state, token) == {Role.ANALYST, Role.SHIFT_LEAD}
        _wait_for_the_access_token_to_expire(provider)
        oidc.recheck(state, KEY, provider, now() + 2 * DUE)
        assert roles(state, token) is None
        assert "session has ended" in last_reason(state)


def _wait_for_the_access_token_to_expire(provider: oidc.Provider) -> None:
    """Until one that was made later is refused."""
    cookie, answer = answered(provider)
    identity, _ = oidc.finish(provider, KEY, cookie, answer, now())
    assert identity.access_token is not None
    while True:
        time.sleep(0.25)
        try:
            provider.userinfo(identity.access_token)
        except oidc.NotVouchedError:
            return


def _id_token(provider: oidc.Provider, cookie: str, answer: dict[str, str]) -> tuple[str, str]:
    """Redeem a code ourselves; gives the ID token and its nonce."""
    kept = oidc.flow._opened(provider, KEY, cookie)  # noqa: SLF001  what the browser cannot read
    token = provider.exchange(answer["code"], kept.verifier, BACK).id_token
    assert token is not None
    return token, kept.nonce
