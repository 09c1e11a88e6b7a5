"""What a provider or somebody in its place may send, and what is believed of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator

import orjson
import pytest
from access.people import KEY
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey
from oidc_provider.hostile import (
    AT,
    EVENT,
    NONCE,
    NOW,
    Hostile,
    claims,
    hostile,
    logout_claims,
    packed,
    rs256,
    signed,
)
from oidc_provider.running import CLIENT, ROLE_MAP, SECRET, loopback, signing_key

from warroom.access import oidc
from warroom.access.oidc.config import OidcConfig
from warroom.access.oidc.tokens import id_token_claims, logout_notice
from warroom.access.roles import Role
from warroom.net import Connector

BACK = "http://127.0.0.1:9/oidc/callback"


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return signing_key()


class Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def there(key: RSAKey) -> Iterator[Hostile]:
    with hostile() as one:
        one.says("/jwks", {"keys": [key.as_dict(private=False)]})
        yield one


@pytest.fixture
def provider(there: Hostile, clock: Clock) -> oidc.Provider:
    return provider_of(there, clock)


def provider_of(there: Hostile, clock: Clock | None = None, *, secret: str | None = SECRET) -> oidc.Provider:
    config = OidcConfig(issuer=there.issuer, client_id=CLIENT, secret=secret, role_map=ROLE_MAP)
    return oidc.Provider(config, loopback(), clock or Clock())


def test_an_honest_id_token_is_believed(provider: oidc.Provider, there: Hostile, key: RSAKey) -> None:
    token = signed(claims(there), key)
    assert id_token_claims(provider, token, NOW, nonce=NONCE)["sub"] == "anong"
    several = signed(claims(there, aud=["payroll", CLIENT], azp=CLIENT), key)
    assert id_token_claims(provider, several, NOW, nonce=NONCE)["azp"] == CLIENT


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"iss": None}, "another issuer"),
        ({"aud": "payroll"}, "another audience"),
        ({"aud": None}, "another audience"),
        ({"aud": [["warroom"]]}, "another audience"),
        ({"aud": ["payroll", CLIENT]}, "another party"),
        ({"azp": "payroll"}, "another party"),
        ({"nonce": "of another one"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"nonce": 17}, "nonce"),
        ({"exp": AT - 61}, "expired"),
        ({"exp": None}, "says no `exp`"),
        ({"exp": True}, "says no `exp`"),
        ({"exp": float("nan")}, "says no `exp`"),
        ({"exp": float("inf")}, "says no `exp`"),
        ({"iat": AT + 61}, "not of now"),
        ({"iat": AT - 661}, "not of now"),
        ({"iat": None}, "says no `iat`"),
        ({"nbf": AT + 61}, "not yet valid"),
        ({"sub": None}, "`sub`"),
        ({"sub": ""}, "`sub`"),
        ({"sub": "x" * 256}, "`sub`"),
        ({"sub": "a\nb"}, "`sub`"),
        ({"sub": 17}, "`sub`"),
        ({"events": {EVENT: {}}}, "logout notice"),
    ],
)
def test_a_wrong_claim_is_refused(
    provider: oidc.Provider, there: Hostile, key: RSAKey, wrong: dict[str, object], reason: str
) -> None:
    with pytest.raises(oidc.NotVouchedError, match=reason):
        id_token_claims(provider, signed(claims(there, **wrong), key), NOW, nonce=NONCE)


def test_clocks_may_differ_by_a_minute(provider: oidc.Provider, there: Hostile, key: RSAKey) -> None:
    for told in ({"iat": AT + 59}, {"exp": AT - 59}, {"nbf": AT + 59}):
        assert id_token_claims(provider, signed(claims(there, **told), key), NOW, nonce=NONCE)


def test_a_token_without_signature_is_refused(provider: oidc.Provider, there: Hostile) -> None:
    for name in ("none", "None", "NONE", "nOnE"):
        for kid in ({"kid": "key-1"}, {}):
            token = f"{packed({'alg': name} | kid)}.{packed(claims(there))}."
            with pytest.raises(oidc.NotVouchedError, match="is not believed"):
                id_token_claims(provider, token, NOW, nonce=NONCE)


@pytest.mark.parametrize("form", ["pem", "der", "jwk", "secret"])
def test_a_public_key_is_not_taken_for_a_secret(
    provider: oidc.Provider, there: Hostile, key: RSAKey, form: str
) -> None:
    """HMAC confusion: the signature is right, if the verifier uses its public key (or our secret) as HMAC's."""
    secrets = {
        "pem": key.as_pem(private=False),
        "der": key.as_der(private=False),
        "jwk": orjson.dumps(key.as_dict(private=False)),
        "secret": SECRET.encode(),
    }
    for algorithm, digest in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512)):
        text = f"{packed({'alg': algorithm, 'kid': 'key-1'})}.{packed(claims(there))}"
        forged = f"{text}.{packed(hmac.new(secrets[form], text.encode(), digest).digest())}"
        with pytest.raises(oidc.NotVouchedError, match="is not believed"):
            id_token_claims(provider, forged, NOW, nonce=NONCE)


def test_a_change_after_signing_is_noticed(provider: oidc.Provider, there: Hostile, key: RSAKey) -> None:
    head, _, signature = signed(claims(there), key).split(".")
    forged = f"{head}.{packed(claims(there, sub='boss'))}.{signature}"
    for token in (forged, f"{head}.{packed(claims(there))}.", f"{head}..{signature}", "a.b", "", "....", "é.a.b"):
        with pytest.raises(oidc.NotVouchedError):
            id_token_claims(provider, token, NOW, nonce=NONCE)


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"]},
        {"crit": "exp"},
        {"b64": False},
        {"jwk": {"kty": "RSA"}},
        {"kid": ["key-1"]},
        {"alg": {"RS256": 1}},
        {"typ": "at+jwt"},
        {"typ": "logout+jwt"},
        {"deep": [[[[]]]]},
    ],
)
def test_a_header_that_asks_for_more_is_refused(
    provider: oidc.Provider, there: Hostile, key: RSAKey, header: dict[str, object]
) -> None:
    """Signed honestly, so that nothing but the header is wrong."""
    text = f"{packed({'alg': 'RS256', 'kid': 'key-1'} | header)}.{packed(claims(there))}"
    with pytest.raises(oidc.NotVouchedError):
        id_token_claims(provider, f"{text}.{packed(rs256(key, text))}", NOW, nonce=NONCE)


def test_whatever_is_sent_as_a_token_is_refused_and_no_other_error_gets_out(provider: oidc.Provider) -> None:
    parts = st.lists(st.binary(max_size=60), max_size=5).map(lambda raw: ".".join(map(packed, raw)))

    @settings(max_examples=60)
    @given(st.one_of(st.text(), parts))
    def refuse(token: str) -> None:
        with pytest.raises(oidc.NotVouchedError):
            id_token_claims(provider, token, NOW, nonce=NONCE)
        with pytest.raises(oidc.NotVouchedError):
            logout_notice(provider, token, NOW)

    refuse()


def test_depth_and_length_are_bounded(provider: oidc.Provider, there: Hostile, key: RSAKey) -> None:
    deep = b'{"alg":"RS256","x":' + b"[" * 4000 + b"]" * 4000 + b"}"
    inside = b'{"x":' + b"[" * 5000 + b"]" * 5000 + b"}"
    text = f"{packed({'alg': 'RS256', 'kid': 'key-1'})}.{packed(inside)}"
    for token in (
        f"{packed(deep)}.e30.e30",
        f"{text}.{packed(rs256(key, text))}",
        signed(claims(there, padding="x" * 20_000), key),
    ):
        with pytest.raises(oidc.NotVouchedError):
            id_token_claims(provider, token, NOW, nonce=NONCE)


def test_an_unknown_key_is_looked_for_once_a_minute_and_a_new_one_found(
    provider: oidc.Provider, there: Hostile, key: RSAKey, clock: Clock
) -> None:
    id_token_claims(provider, signed(claims(there), key), NOW, nonce=NONCE)
    new = signing_key("key-2")
    for _ in range(5):
        with pytest.raises(oidc.ProviderDownError, match="asked a moment ago"):
            id_token_claims(provider, signed(claims(there), new), NOW, nonce=NONCE)
    assert there.count("/jwks") == 1
    clock.seconds += 60
    with pytest.raises(oidc.NotVouchedError, match="does not list"):
        id_token_claims(provider, signed(claims(there), new), NOW, nonce=NONCE)
    assert there.count("/jwks") == 2
    there.says("/jwks", {"keys": [new.as_dict(private=False)]})
    clock.seconds += 60
    assert id_token_claims(provider, signed(claims(there), new), NOW, nonce=NONCE)
    clock.seconds += 60
    with pytest.raises(oidc.NotVouchedError, match="does not list"):  # the old one was withdrawn
        id_token_claims(provider, signed(claims(there), key), NOW, nonce=NONCE)


def test_a_withdrawn_key_is_believed_for_an_hour_at_most(
    provider: oidc.Provider, there: Hostile, key: RSAKey, clock: Clock
) -> None:
    id_token_claims(provider, signed(claims(there), key), NOW, nonce=NONCE)
    there.says("/jwks", {"keys": []})
    clock.seconds += 3601
    with pytest.raises(oidc.NotVouchedError, match="does not list"):
        id_token_claims(provider, signed(claims(there), key), NOW, nonce=NONCE)


def test_elliptic_curves_and_tokens_that_name_no_key(there: Hostile, key: RSAKey) -> None:
    curve = ECKey.generate_key("P-256", {"kid": "curve"})
    there.says("/jwks", {"keys": [key.as_dict(private=False), curve.as_dict(private=False)]})
    assert id_token_claims(provider_of(there), signed(claims(there), curve, "ES256"), NOW, nonce=NONCE)
    free = RSAKey.import_key({name: value for name, value in key.as_dict(private=True).items() if name != "alg"})
    with pytest.raises(oidc.NotVouchedError, match="does not list"):  # the provider lists it for RS256 only
        id_token_claims(provider_of(there), signed(claims(there), free, "PS256"), NOW, nonce=NONCE)
    assert id_token_claims(provider_of(there), signed(claims(there), key, kid=None), NOW, nonce=NONCE)
    there.says("/jwks", {"keys": [key.as_dict(private=False), signing_key("key-2").as_dict(private=False)]})
    with pytest.raises(oidc.NotVouchedError, match="does not list"):  # either might have signed it
        id_token_claims(provider_of(there), signed(claims(there), key, kid=None), NOW, nonce=NONCE)


def test_keys_that_are_not_fit_are_not_used(there: Hostile, key: RSAKey) -> None:
    public = key.as_dict(private=False)
    for listed in (
        public | {"use": "enc"},
        public | {"alg": "RSA-OAEP"},
        public | {"n": "AQAB"},
        public | {"n": 17},
        public | {"n": "A" * 5000},
        public | {"kid": 17},
        {"kty": "oct", "kid": "key-1", "k": "AAAA"},
        {"kty": "EC", "kid": "key-1", "crv": "P-256", "x": "AAAA", "y": "AAAA"},
        {"kty": "EC", "kid": "key-1"},
        "no key",
    ):
        there.says("/jwks", {"keys": [listed]})
        with pytest.raises(oidc.NotVouchedError, match="does not list"):
            id_token_claims(provider_of(there), signed(claims(there), key), NOW, nonce=NONCE)


@pytest.mark.parametrize(
    "metadata",
    [
        {"token_endpoint": None},
        {"jwks_uri": "http://evil.example/jwks"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://user:secret@evil.example/"},
        {"userinfo_endpoint": ["https://evil.example/"]},
    ],
)
def test_metadata_that_leads_elsewhere_is_not_followed(there: Hostile, metadata: dict[str, object]) -> None:
    there.says("/.well-known/openid-configuration", there.metadata(**metadata))
    with pytest.raises(oidc.ProviderDownError):
        provider_of(there).metadata()


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 200), (b"[]", 200), (b"<html>", 200), (b"[" * 5000, 200), (b"x" * (1 << 21), 200), (b"{}", 500)],
)
def test_metadata_that_is_none_is_no_provider(there: Hostile, body: bytes, status: int) -> None:
    there.says("/.well-known/openid-configuration", body, status)
    with pytest.raises(oidc.ProviderDownError):
        provider_of(there).metadata()


def test_a_redirect_is_not_followed_and_a_down_provider_not_hammered(there: Hostile, clock: Clock) -> None:
    there.says("/.well-known/openid-configuration", b"", 302, location=f"{there.issuer}/other")
    provider = provider_of(there, clock)
    for _ in range(5):
        with pytest.raises(oidc.ProviderDownError):
            provider.metadata()
    assert [path for path, _, _ in there.asked] == ["/.well-known/openid-configuration"]
    there.says("/.well-known/openid-configuration", there.metadata())
    clock.seconds += 6
    assert provider.metadata().token_endpoint == f"{there.issuer}/token"


def test_the_provider_is_reached_by_the_connector_and_its_rules_only(there: Hostile) -> None:
    config = OidcConfig(issuer=there.issuer, client_id=CLIENT, secret=None, role_map=ROLE_MAP)
    with pytest.raises(oidc.ProviderDownError, match="may not be reached"):
        oidc.Provider(config, Connector()).metadata()
    assert there.asked == []


def test_the_secret_goes_where_the_provider_wants_it(there: Hostile, key: RSAKey) -> None:
    there.says("/token", {"id_token": signed(claims(there), key)})
    provider_of(there).exchange("code", "verifier", BACK)
    provider_of(there, secret=None).exchange("code", "verifier", BACK)
    methods = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    there.says("/.well-known/openid-configuration", there.metadata(**methods))
    provider_of(there).exchange("code", "verifier", BACK)
    basic, public, posted = [(form, told) for path, form, told in there.asked if path == "/token"]
    assert base64.b64decode(basic[1].removeprefix("Basic ")) == b"warroom:a+secret+%26+a+half%3A+%2B%2F%3D"
    assert "client_id" not in basic[0]
    assert (public[0]["client_id"], public[0]["code_verifier"], public[1]) == (CLIENT, "verifier", "")
    assert (posted[0]["client_secret"], posted[1]) == (SECRET, "")


def test_a_sign_in_without_an_id_token_is_none(there: Hostile, provider: oidc.Provider) -> None:
    errand = oidc.Errand(BACK, "en", {})
    address, cookie = oidc.begin(provider, KEY, errand, NOW)
    state = dict(pair.split("=") for pair in address.partition("?")[2].split("&"))["state"]
    for body in ({"access_token": "x"}, {"id_token": 17}, {"id_token": "a\nb"}):
        there.says("/token", body)
        with pytest.raises((oidc.NotVouchedError, oidc.ProviderDownError)):
            oidc.finish(provider, KEY, cookie, {"state": state, "code": "c"}, NOW)


def test_userinfo_about_somebody_else_gives_no_roles(there: Hostile, key: RSAKey) -> None:
    there.says("/.well-known/openid-configuration", there.metadata(userinfo_endpoint=f"{there.issuer}/me"))
    provider = provider_of(there)
    address, cookie = oidc.begin(provider, KEY, oidc.Errand(BACK, "en", {}), NOW)
    asked = dict(pair.split("=") for pair in address.partition("?")[2].split("&"))
    there.says("/token", {"id_token": signed(claims(there, nonce=asked["nonce"]), key), "access_token": "a"})
    there.says("/me", {"sub": "boss", "roles": ["root"]})
    with pytest.raises(oidc.NotVouchedError, match="about somebody else"):
        oidc.finish(provider, KEY, cookie, {"state": asked["state"], "code": "c"}, NOW)
    there.says("/me", {"sub": "anong", "roles": ["soc"]})
    identity, _ = oidc.finish(provider, KEY, cookie, {"state": asked["state"], "code": "c"}, NOW)
    assert identity.roles == {Role.ANALYST}


def test_the_way_there_carries_pkce_and_nothing_that_proves(provider: oidc.Provider) -> None:
    addresses = [oidc.begin(provider, KEY, oidc.Errand(BACK, "en", {}), NOW) for _ in range(2)]
    asked = [dict(pair.split("=") for pair in address.partition("?")[2].split("&")) for address, _ in addresses]
    assert asked[0]["code_challenge_method"] == "S256"
    for secret in ("state", "nonce", "code_challenge"):
        assert len(asked[0][secret]) == 43
        assert asked[0][secret] != asked[1][secret]
        assert asked[0][secret] not in addresses[0][1]


def test_a_logout_notice_names_who_is_meant(provider: oidc.Provider, there: Hostile, key: RSAKey) -> None:
    told = logout_claims(there, sid="s-1")
    assert logout_notice(provider, signed(told, key, typ="logout+jwt"), NOW) == ("anong", "s-1")
    assert logout_notice(provider, signed(logout_claims(there, sub=None, sid="s-1"), key), NOW) == (None, "s-1")


@pytest.mark.parametrize(
    "wrong",
    [
        {"events": None},
        {"events": {}},
        {"events": {EVENT: 1}},
        {"nonce": "any"},
        {"sub": None},
        {"aud": "payroll"},
        {"iss": "https://evil.example"},
        {"iat": AT - 700},
        {"sid": 17},
    ],
)
def test_a_logout_notice_that_is_none_is_refused(
    provider: oidc.Provider, there: Hostile, key: RSAKey, wrong: dict[str, object]
) -> None:
    told = {name: value for name, value in (logout_claims(there) | wrong).items() if value is not None}
    with pytest.raises(oidc.NotVouchedError):
        logout_notice(provider, signed(told, key), NOW)
