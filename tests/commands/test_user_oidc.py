"""`./run user oidc`: an account that there is already becomes the one of a person at the provider."""

from __future__ import annotations

from pathlib import Path

import pytest
from access.people import make, stored

from warroom.__main__ import main
from warroom.store.database import State


def test_an_account_is_bound_to_the_subject_at_the_provider_of_the_settings(
    state: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make(state, "anong")
    monkeypatch.setenv("WARROOM_DATA", str(data_dir))
    assert main(["user", "oidc", "anong", "sub-1"]) == 2  # no provider is set, and none named
    assert "an OIDC issuer is an https:// address" in capsys.readouterr().err
    monkeypatch.setenv("WARROOM_OIDC_ISSUER", "https://id.example.go.th/realms/soc")
    assert main(["user", "oidc", "anong", "sub-1"]) == 0
    bound = stored(state, "anong")
    assert (bound.oidc_issuer, bound.oidc_subject) == ("https://id.example.go.th/realms/soc", "sub-1")
