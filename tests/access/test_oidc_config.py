"""What the settings say about the provider: off, or whole; and which claim gives which role."""

from __future__ import annotations

from pathlib import Path

import pytest
from oidc_provider.running import CLIENT, ROLE_MAP

from warroom.access.oidc.config import OidcConfig, config_from, is_safe_address, parse_role_map
from warroom.access.roles import Role
from warroom.errors import UsageError
from warroom.settings import Settings


def test_role_maps_are_read_in_both_forms() -> None:
    wanted = {"SOC / L1": {Role.ANALYST}, "lead": {Role.ANALYST, Role.SHIFT_LEAD}, "a=b": {Role.DPO}}
    assert parse_role_map("SOC / L1 = analyst; lead=analyst,shift_lead;a=b=dpo;") == wanted
    assert parse_role_map('{"SOC / L1": "analyst", "lead": ["analyst", "shift_lead"], "a=b": ["dpo"]}') == wanted
    for text in ("soc", "=analyst", "soc=boss", "soc=", '{"soc": ["boss"]}', '{"soc"', '{"soc": 17}'):
        with pytest.raises(UsageError, match="WARROOM_OIDC_ROLE_MAP"):
            parse_role_map(text)


def test_roles_are_found_under_a_plain_name_or_inside_objects() -> None:
    told = {"realm_access": {"roles": ["soc", 17]}, "https://id/roles": "lead", "flat": "root"}
    for claim, wanted in (
        ("realm_access.roles", {Role.ANALYST}),
        ("https://id/roles", {Role.ANALYST, Role.SHIFT_LEAD}),
        ("flat", {Role.ADMINISTRATOR}),
        ("flat.roles", None),
        ("nowhere", None),
    ):
        config = OidcConfig("https://id.example", CLIENT, None, ROLE_MAP, role_claim=claim)
        assert config.roles_in(told) == wanted


def test_settings_are_off_or_whole(tmp_path: Path) -> None:
    assert config_from(Settings()) is None
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    secret.chmod(0o600)
    whole = {
        "oidc_issuer": "https://id.example.go.th/realms/soc",
        "oidc_client_id": "warroom",
        "oidc_client_secret_file": secret,
        "oidc_role_map": "soc=analyst",
    }
    config = config_from(Settings(**whole))
    assert config is not None
    assert config.secret == "hush"  # noqa: S105  of nobody
    assert "hush" not in repr(config)
    direct = Settings(**whole | {"oidc_client_secret_file": None, "oidc_client_secret": "direct"})
    assert "direct" not in repr(direct)
    assert getattr(config_from(direct), "secret", None) == "direct"
    for wrong, told in (
        ({"oidc_issuer": "http://id.example.go.th"}, "OIDC_ISSUER"),
        ({"oidc_issuer": "https://id.example.go.th/?x=1"}, "OIDC_ISSUER"),
        ({"oidc_client_id": ""}, "OIDC_CLIENT_ID"),
        ({"oidc_role_map": ""}, "OIDC_ROLE_MAP"),
        ({"oidc_scopes": "profile"}, "OIDC_SCOPES"),
        ({"oidc_client_secret_file": tmp_path / "missing"}, "cannot be read"),
        ({"oidc_client_secret_file": tmp_path}, "chmod 600"),
    ):
        with pytest.raises(UsageError, match=told):
            config_from(Settings(**whole | wrong))
    secret.chmod(0o640)
    with pytest.raises(UsageError, match="chmod 600"):
        config_from(Settings(**whole))


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://id.example.go.th/", True),
        ("http://localhost:8080/realms/soc", True),
        ("http://[::1]:8080/", True),
        ("http://localhost.evil.example/", False),
        ("http://127.0.0.1@evil.example/", False),
        ("https://id.example.go.th/#x", False),
        ("https://", False),
        ("https://id.example.go.th:99999/", False),
        ("https://id.example.go.th/a b\n", False),
        ("ftp://id.example.go.th/", False),
    ],
)
def test_addresses_of_a_provider(address: str, *, safe: bool) -> None:
    assert is_safe_address(address) is safe
