"""Which way in the commands print: everything for a drill, the set-up once, and accounts after that."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from access.people import PASSWORD, make

from warroom import access
from warroom.__main__ import main
from warroom.access.links import LinkPurpose
from warroom.access.roles import Role
from warroom.commands.opening import signin_url, way_in
from warroom.settings import Settings
from warroom.store.database import State


@pytest.fixture
def settings(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("WARROOM_DATA", str(data_dir))
    return Settings()


def token_of(address: str | None) -> str:
    assert address is not None
    assert address.startswith("http://127.0.0.1:8501/signin?token=")
    return address.partition("token=")[2]


def test_without_accounts_the_link_sets_up_the_first_one(state: State, settings: Settings) -> None:
    token = token_of(signin_url(settings))
    assert access.purpose_of(state, token, datetime.now(UTC)) is LinkPurpose.SET_UP


def test_with_accounts_there_is_no_link(state: State, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    make(state, "anong", Role.ADMINISTRATOR, password=PASSWORD)
    assert signin_url(settings) is None
    assert "with your account" in way_in(None)
    assert main(["console", "--link"]) == 2
    assert "./run user link NAME" in capsys.readouterr().err


def test_a_drills_link_opens_it_with_every_role(
    state: State, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARROOM_DRILL", "true")
    now = datetime.now(UTC)
    token = access.sign_in(state, token_of(signin_url(Settings())), name="วิภา", language="th", now=now)
    session = access.find_session(state, token or "", now)
    assert session is not None
    assert session.actor.roles == frozenset(Role)
    assert not settings.drill
