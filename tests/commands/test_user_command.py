"""`./run user …` on a real store: nothing secret in arguments or answers, every step as who runs it."""

from __future__ import annotations

import base64
import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from warroom.__main__ import main
from warroom.access import LinkPurpose, purpose_of, totp
from warroom.access.api_tokens import actor_of_token
from warroom.access.command_line import os_user
from warroom.store.database import State

PASSWORD = "trams nimble oak seven"  # noqa: S105  of nobody

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Give a runner of commands: exit code, standard output, standard error."""
    monkeypatch.setenv("WARROOM_DATA", str(data_dir))

    def runner(*words: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(["user", *words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return runner


def answer(run: Run, *words: str, typed: str = "") -> Any:  # noqa: ANN401  JSON
    code, out, err = run(*words, "--json", typed=typed)
    assert code == 0, err
    return json.loads(out)


def test_an_account_is_made_before_anything_was_started(run: Run, data_dir: Path) -> None:
    made = answer(run, "add", "anong", "--role", "administrator", "--role", "analyst", typed=f"{PASSWORD}\n")
    assert (made["name"], made["roles"], made["state"]) == ("anong", ["administrator", "analyst"], "active")
    assert (made["password"], made["must_change_password"], made["authenticator"]) == (True, True, False)
    assert answer(run, "list") == [made]
    with closing(sqlite3.connect(data_dir / "state.db")) as link:
        ((stored,),) = link.execute("SELECT password_hash FROM accounts")
    assert stored.startswith("$argon2id$")
    assert stored not in json.dumps(made)


def test_a_bad_password_makes_no_account(run: Run) -> None:
    code, _, err = run("add", "anong", "--role", "viewer", typed="Password1234!\n")
    assert code == 2
    assert "among the first" in err
    assert "Password1234!" not in err
    assert answer(run, "list") == []


def test_a_password_is_never_an_argument(run: Run) -> None:
    code, _, _ = run("add", "anong", "--role", "viewer", "--password", PASSWORD)
    assert code == 2
    assert run("password", "anong", PASSWORD)[0] == 2


def test_the_life_of_an_account(run: Run) -> None:
    run("add", "boss", "--role", "administrator", typed=PASSWORD)
    run("add", "anong", "--role", "viewer", "--platform", "tang_rat", "--no-password")
    for step, name, value in (
        (["roles", "anong", "--role", "analyst", "--role", "dpo"], "roles", ["analyst", "dpo"]),
        (["platforms", "anong", "--platform", "gdx"], "platforms", ["gdx"]),
        (["platforms", "anong", "--all"], "platforms", None),
        (["os-user", "anong", "daemon"], "os_user", "daemon"),
        (["os-user", "anong"], "os_user", None),
        (["password", "anong"], "password", True),
        (["disable", "anong"], "state", "disabled"),
        (["enable", "anong"], "state", "active"),
    ):
        code, _, err = run(*step, typed=f"{PASSWORD}\n")
        assert code == 0, err
        anong = next(account for account in answer(run, "list") if account["name"] == "anong")
        assert anong[name] == value, step


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["disable", "nobody"], "no account named"),
        (["add", "worker", "--role", "viewer", "--no-password"], "no program's"),
        (["add", "x", "--role", "viewer", "--platform", "nowhere", "--no-password"], "no platform nowhere"),
        (["platforms", "x"], "--platform, once or more, or --all"),
        (["platforms", "x", "--all", "--platform", "gdx"], "--platform, once or more, or --all"),
        (["roles", "x", "--role", "king"], "king"),
        (["remove-authenticator", "nobody"], "no account named"),
        (
            ["add", "x", "--role", "viewer", "--os-user", "no such", "--no-password"],
            "no operating-system user `no such`",
        ),
        (["os-user", "x", "uid-0"], "no operating-system user `uid-0`"),
        (["os-user", "x", "a\0b"], "no operating-system user"),
    ],
)
def test_what_is_wrong_is_exit_2_and_one_line(run: Run, words: list[str], told: str) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


def test_a_token_is_shown_once_and_works(run: Run, state: State) -> None:
    run("add", "robot", "--role", "detection_engineer", "--no-password")
    made = answer(run, "token", "create", "robot", "prometheus", "--scope", "read_metrics", "--days", "7")
    now = datetime.now(UTC)
    actor = actor_of_token(state, made["token"], now)
    assert actor is not None
    assert actor.permissions == {"read_metrics"}
    (listed,) = answer(run, "token", "list")
    assert made["token"] not in json.dumps(listed)
    assert (listed["label"], listed["scopes"], listed["expires_at"]) == (
        "prometheus",
        ["read_metrics"],
        made["expires_at"],
    )
    assert run("token", "revoke", "1")[0] == 0
    assert actor_of_token(state, made["token"], now) is None
    assert run("token", "create", "robot", "x", "--scope", "read_metrics", "--days", "367")[0] == 2


def test_a_link_lets_somebody_choose_a_password(run: Run, state: State) -> None:
    run("add", "anong", "--role", "viewer", "--no-password")
    code, out, _ = run("link", "anong")
    assert code == 0
    address, _, token = out.strip().partition("/signin?token=")
    assert address == "http://127.0.0.1:8501"
    assert purpose_of(state, token, datetime.now(UTC)) is LinkPurpose.PASSWORD
    assert run("link", "nobody")[0] == 2


def test_an_authenticator_is_enrolled_by_its_first_code(
    run: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("add", "anong", "--role", "administrator", "--os-user", os_user(), typed=PASSWORD)
    assert "not of this moment" in run("enrol-authenticator", typed="000000\n")[2]

    class Authenticator(io.StringIO):
        """Reads the seed off the screen and types its code."""

        def readline(self, _limit: int | None = -1, /) -> str:
            seed = base64.b32decode(capsys.readouterr().out.split()[5])
            return f"{totp.code_at(seed, totp.step_at(datetime.now(UTC)))}\n"

    monkeypatch.setattr("sys.stdin", Authenticator())
    assert main(["user", "enrol-authenticator"]) == 0
    assert len(capsys.readouterr().out.strip().splitlines()) == 2 + totp.RECOVERY_CODES
    (anong,) = answer(run, "list")
    assert anong["authenticator"] is True
    assert (data_dir / "secret.key").stat().st_mode & 0o777 == 0o600
    assert run("remove-authenticator", "anong")[0] == 0


def test_tables_are_for_people(run: Run) -> None:
    assert "No account" in run("list")[1]
    run("add", "anong", "--role", "viewer", "--display", "อนงค์", typed=PASSWORD)
    assert "อนงค์" in run("list")[1]
    assert "No token" in run("token", "list")[1]


def test_a_command_acts_as_the_account_of_who_runs_it(run: Run, data_dir: Path) -> None:
    run("add", "boss", "--role", "administrator", typed=PASSWORD)
    run("add", "anong", "--role", "viewer", "--os-user", os_user(), "--yes", "--no-password")
    code, _, err = run("disable", "boss")
    assert code == 2
    assert "anong lacks the permission `manage_accounts`" in err
    assert run("list")[0] == 2
    with closing(sqlite3.connect(data_dir / "state.db")) as link:
        told = link.execute("SELECT actor, via, action FROM audit WHERE via = 'command_line' ORDER BY seq").fetchall()
    operator = (f"{os_user()}@command-line", "command_line", "account_changed")
    assert told == [operator, operator, *[("anong", "command_line", "refused")] * 2]


def test_who_administers_by_no_account_does_not_lose_that_without_a_word(run: Run) -> None:
    me = os_user()
    code, _, err = run("add", "anong", "--role", "viewer", "--os-user", me, "--no-password")
    assert code == 2
    assert "make an administrator first" in err
    assert run("add", "anong", "--role", "viewer", "--os-user", me, "--yes", "--no-password")[0] == 2
    run("add", "boss", "--role", "administrator", typed=PASSWORD)
    code, _, err = run("add", "anong", "--role", "viewer", "--os-user", me, "--no-password")
    assert code == 2
    assert f"`{me}` administers the war room on the command line now" in err
    assert [one["name"] for one in answer(run, "list")] == ["boss"]
    run("add", "anong", "--role", "viewer", "--no-password")
    assert "add --yes" in run("os-user", "anong", me)[2]
    assert run("os-user", "boss", me)[0] == 0  # who administers keeps what they have
    assert run("os-user", "boss")[0] == 0
    assert run("os-user", "anong", me, "--yes")[0] == 0
    assert "lacks the permission" in run("list")[2]
