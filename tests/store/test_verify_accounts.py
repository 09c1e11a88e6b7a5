"""Accounts, roles, platforms and API tokens: what was written past the war room is named, what it wrote is not."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from making import new_store
from proving import ADMIN, CHEAP, PASSWORD, Kept
from sqlalchemy import insert
from tampering import BREAK_INS, Harm, database

from warroom.access import Permission, Role, accounts, api_tokens, second_factor, sessions, totp
from warroom.access.keys import SecretKey
from warroom.access.names import name_key
from warroom.access.signing_in import Credentials, sign_in_with_password
from warroom.store import account_tables, manifest
from warroom.store import accounts as rows
from warroom.store.audit import AuditAction, Entry, Filter, Via, append, read
from warroom.store.canonical import Json
from warroom.store.database import State
from warroom.store.sealing import seal_all
from warroom.store.signing import Signer
from warroom.store.verify import Broken

KEY = SecretKey(b"k" * 32)
SLIPPED_IN = "INSERT INTO account_roles VALUES (2, 'administrator')"


def now() -> datetime:
    return datetime.now(UTC)


def tampered(kept: Kept, statement: str) -> None:
    with database(kept) as link:
        assert link.execute(statement).rowcount > 0


def found(kept: Kept) -> set[tuple[Broken, str]]:
    return {(one.kind, one.place) for one in kept.check().findings}


def stored(state: State, name: str) -> rows.Account:
    with state.read() as connection:
        return rows.by_key(connection, name_key(name))


def enter(state: State, code: str = "") -> str:
    given = Credentials("administrator", PASSWORD, "192.0.2.7", code)
    token = sign_in_with_password(state, KEY, given, now(), hashing=CHEAP)
    assert isinstance(token, str)
    return token


def entries(state: State, action: AuditAction) -> int:
    with state.read() as connection:
        return len(read(connection, Filter(actions=[action]), limit=500).entries)


@pytest.mark.parametrize("statement", BREAK_INS)
def test_each_way_in_is_named(kept: Kept, statement: str) -> None:
    tampered(kept, statement)
    assert Harm(statement, (BREAK_INS[statement],)).is_named(kept.check())


def test_a_finding_tells_whose_row_it_is(kept: Kept) -> None:
    tampered(kept, SLIPPED_IN)
    tampered(kept, "UPDATE accounts SET state = 'active' WHERE id = 3")
    tampered(kept, "UPDATE api_tokens SET expires_at = expires_at + 1 WHERE id = 1")
    assert found(kept) == {
        (Broken.ROW_ADDED, 'account_roles row [2,"administrator"] (malee)'),
        (Broken.ROW_CHANGED, "accounts row 3 (ครูส้ม)"),
        (Broken.ROW_CHANGED, "api_tokens row 1 (malee)"),
    }


def test_what_the_war_room_does_to_accounts_is_no_finding(kept: Kept) -> None:
    with kept.state as state:
        accounts.create(state, ADMIN, accounts.Newcomer("new", frozenset({Role.VIEWER, Role.DPO})), now())
        accounts.set_roles(state, ADMIN, "new", [Role.ANALYST, Role.DPO], now())
        accounts.set_platforms(state, ADMIN, "malee", ["thaid", "e_office"], now())
        accounts.set_platforms(state, ADMIN, "malee", None, now())
        accounts.enable(state, ADMIN, "ครูส้ม", now())
        accounts.set_password(state, ADMIN, "administrator", PASSWORD, now(), hashing=CHEAP)
        accounts.disable(state, ADMIN, "malee", now())  # ends its tokens
        actor = sessions.actor_of(stored(state, "administrator"))
        seed = base64.b32decode(second_factor.begin_enrolment(state, actor, KEY).seed_text.replace(" ", ""))
        step = totp.step_at(now())
        second_factor.confirm_enrolment(state, actor, KEY, totp.code_at(seed, step), now())
        enter(state, totp.code_at(seed, step + 1))
        second_factor.remove(state, ADMIN, "administrator", now())
    assert found(kept) == set()


def test_signing_in_and_using_a_token_seal_nothing_and_hide_nothing(kept: Kept) -> None:
    with kept.state as state:
        token = api_tokens.create_token(
            state, ADMIN, "malee", "t", scopes=[Permission.READ_INCIDENTS], lifetime=timedelta(days=1), now=now()
        )
        before = entries(state, AuditAction.ROWS_SEALED)
        tampered(kept, "UPDATE accounts SET display_name = 'x' WHERE id = 1")
        assert sessions.find_session(state, enter(state), now()) is not None
        assert api_tokens.actor_of_token(state, token, now()) is not None
        assert stored(state, "administrator").signed_in_at is not None
        assert entries(state, AuditAction.ROWS_SEALED) == before
    assert found(kept) == {(Broken.ROW_CHANGED, "accounts row 1 (administrator)")}


@pytest.mark.parametrize(
    ("statement", "lawful", "finding"),
    [
        (
            "UPDATE accounts SET state = 'active' WHERE id = 3",
            lambda state: accounts.map_os_user(state, ADMIN, "ครูส้ม", "som", now()),
            (Broken.ROW_CHANGED, "accounts row 3 (ครูส้ม)"),
        ),
        (
            SLIPPED_IN,
            lambda state: accounts.set_roles(state, ADMIN, "malee", [Role.ANALYST], now()),
            (Broken.ROW_ADDED, 'account_roles row [2,"administrator"] (malee)'),
        ),
        (
            "DELETE FROM account_platforms WHERE account_id = 2 AND platform_id = 'thaid'",
            lambda state: accounts.set_platforms(state, ADMIN, "malee", ["tang_rat", "thaid"], now()),
            (Broken.ROW_DELETED, 'account_platforms row [2,"thaid"] (malee)'),
        ),
        (
            "UPDATE api_tokens SET scopes = 'manage_accounts' WHERE id = 1",
            lambda state: api_tokens.revoke_token(state, ADMIN, 1, now()),
            (Broken.ROW_CHANGED, "api_tokens row 1 (malee)"),
        ),
        (
            "UPDATE api_tokens SET revoked_at = NULL WHERE id = 2",
            lambda state: accounts.disable(state, ADMIN, "malee", now()),
            (Broken.ROW_CHANGED, "api_tokens row 2 (malee)"),
        ),
    ],
    ids=["enabled", "role", "platform", "token", "token revived"],
)
def test_what_the_war_room_wrote_over_is_named_for_good(
    kept: Kept, statement: str, lawful: Callable[[State], None], finding: tuple[Broken, str]
) -> None:
    tampered(kept, statement)
    with kept.state as state:
        lawful(state)
    assert found(kept) == {finding}
    kept.prove()
    assert found(kept) == {finding}


def test_values_of_other_kinds_are_changes_and_no_end_of_the_check(kept: Kept) -> None:
    tampered(kept, "UPDATE accounts SET totp_sealed = 1000000000000, created_at = 'x' WHERE id = 1")
    tampered(kept, "UPDATE accounts SET name = CAST(x'ff00fe' AS TEXT), totp_sealed = 'x' WHERE id = 2")
    tampered(kept, "UPDATE account_roles SET role = CAST(x'ff00fe' AS TEXT) WHERE account_id = 3")
    tampered(kept, "UPDATE api_tokens SET token_sha256 = 7.5, account_id = x'00' WHERE id = 1")
    kinds = [kind for kind, _ in found(kept)]
    assert sorted(kinds) == ["row_added", "row_changed", "row_changed", "row_changed", "row_deleted"]


def test_platforms_of_any_name_are_proven(kept: Kept) -> None:
    names = ["p" * 3000, "ก\u200b", 'a"b\\' * 20, *(f"{number}" * 300 for number in range(60))]
    with kept.state as state:
        accounts.set_platforms(state, ADMIN, "malee", names, now())
    assert found(kept) == set()
    tampered(kept, "DELETE FROM account_platforms WHERE platform_id LIKE 'ppp%'")
    assert [kind for kind, _ in found(kept)] == [Broken.ROW_DELETED]


def older(folder: Path) -> Kept:
    """Give a store as a war room left it that did not seal accounts: a chain that was begun without them."""
    kept = Kept(folder)
    kept.copy.parent.mkdir(parents=True)
    kept.data_dir.mkdir(mode=0o700)
    with new_store(kept.data_dir / "state.db") as state, state.write() as connection:
        for number, name in enumerate(("administrator", "malee"), 1):
            values = {"name": name, "name_key": name, "display_name": name, "state": "active"}
            times = {"created_at": 1, "changed_at": 1, "must_change_password": False}
            connection.execute(insert(account_tables.accounts).values(**values, **times))
            connection.execute(insert(account_tables.account_roles).values(account_id=number, role=name))
        counts = seal_all(connection, ("incident_log", "incidents", "alerts", "holds"))
        key: dict[str, Json] = {"signing_key": Signer.open(kept.key).key_id}
        body = key | counts | {"segments": manifest.adopt(connection)}
        append(connection, Entry("worker", Via.WORKER, AuditAction.CHAIN_BEGUN, "store", "", body))
    return kept


def test_an_upgrade_proves_accounts_from_the_next_start_on_and_cries_no_wolf(tmp_path: Path) -> None:
    kept = older(tmp_path / "store")
    report = kept.check(copy=False)
    assert report.findings == []
    assert any("not proven yet: account_platforms, account_roles, accounts, api_tokens" in one for one in report.notes)
    with kept.state as state:  # before the worker was started
        accounts.set_roles(state, ADMIN, "malee", [Role.ANALYST], now())
        accounts.map_os_user(state, ADMIN, "malee", "malee", now())
    assert kept.check(copy=False).findings == []
    kept.prove()
    report = kept.check()
    assert report.findings == []
    assert not any("not proven yet" in one for one in report.notes)
    with kept.state as state:
        begun = entries(state, AuditAction.CHAIN_BEGUN)
    kept.prove()
    with kept.state as state:
        assert (begun, entries(state, AuditAction.CHAIN_BEGUN)) == (2, 2)
    tampered(kept, "UPDATE accounts SET password_hash = 'x' WHERE id = 1")
    tampered(kept, "INSERT INTO account_roles VALUES (2, 'dpo')")
    assert {kind for kind, _ in found(kept)} == {Broken.ROW_CHANGED, Broken.ROW_ADDED}
    tampered(kept, "DELETE FROM audit WHERE action = 'chain_begun'")
    assert Broken.ENTRY_DELETED in {kind for kind, _ in found(kept)}
