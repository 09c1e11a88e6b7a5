"""Accounts, tokens, sessions and audit entries in which every field says what an attacker would write there.

Most of these fields are checked when they are filled in. Here they are written past the checks: a screen must hold
where a check is missing, was another one in an older version, or the database came from elsewhere.
"""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from console.hostile import BROKEN, payloads
from sqlalchemy import insert, update

from warroom.access import Role
from warroom.access.names import name_key
from warroom.access.session_policy import Proof
from warroom.access.tokens import fingerprint
from warroom.store import audit
from warroom.store.account_tables import account_platforms, account_roles, accounts, api_tokens, sessions
from warroom.store.audit import AuditAction, Entry, Via
from warroom.store.audit_tables import audit as audit_table

if TYPE_CHECKING:
    from warroom.store.database import State

#: What opens a session of the account with this number.
_TOKEN: Final = "session of hostile account {}"  # noqa: S105  of nobody
#: Payloads in the body of one audit entry.
TOGETHER: Final = 24
#: Accounts of each kind of person, from the first one on: who may enter and look at their own screens.
ADMINISTRATORS: Final = 4


def token_of(account: int) -> str:
    """Give the token of a hostile account's session."""
    return _TOKEN.format(account)


def plant_people(state: State, *, most: int = 0) -> list[tuple[int, str]]:
    """Make an account of every payload (of the first ``most``), with sessions and tokens; gives numbers and names."""
    every = payloads()[: most or None]
    now = int(datetime.now(UTC).timestamp() * 1_000_000)
    following = itertools.cycle(every[1:] + every[:1])
    made: list[tuple[int, str]] = []
    keys: set[str] = set()
    with state.write("accounts") as connection:
        for number, payload in enumerate(every):
            name = payload[:400] if name_key(payload[:400]) not in keys else f"{payload[:400]} {number}"
            keys.add(name_key(name))
            values = {
                "name": name,
                "name_key": name_key(name),
                "display_name": payload[:400],
                "state": "active" if number % 7 else "disabled",
                "must_change_password": False,
                "created_at": now,
                "changed_at": now,
                "os_user": f"{number}{payload[:300]}",
                "oidc_issuer": payload[:300],
                "oidc_subject": f"{number}{payload[:300]}",
            }
            if number < ADMINISTRATORS:
                values |= {"state": "active"}
            (account,) = connection.execute(insert(accounts).values(**values)).inserted_primary_key or (0,)
            made.append((int(account), name))
            roles = [Role.ADMINISTRATOR.value] if number < ADMINISTRATORS else [payload[:200]]
            connection.execute(insert(account_roles), [{"account_id": account, "role": role} for role in roles])
            if number >= ADMINISTRATORS:
                connection.execute(insert(account_platforms).values(account_id=account, platform_id=payload[:200]))
            if number < 60:
                _open(connection, int(account), payload, now)
                connection.execute(
                    insert(api_tokens).values(
                        token_sha256=fingerprint(f"hostile {number}"),
                        name=payload[:400],
                        account_id=account,
                        scopes=" ".join(f"{payload} {next(following)}".split())[:600],
                        created_at=now,
                        expires_at=now + 10**12,
                    )
                )
    return made


def _open(connection: object, account: int, payload: str, now: int) -> None:
    """Open two sessions: one that a browser may use, and one whose every text is an attacker's."""
    usual = {"account_id": account, "language": "en", "created_at": now, "seen_at": now}
    for token, proof, language in (
        (token_of(account), Proof.TWO_FACTORS.value, "en"),
        (f"other {account}", payload[:300], payload[:100]),
    ):
        values = usual | {"token_sha256": fingerprint(token), "proof": proof, "language": language}
        values |= {"address": payload[:300], "browser": payload[:300]}
        connection.execute(insert(sessions).values(**values))  # type: ignore[attr-defined]


def plant_deeds(state: State) -> list[tuple[str, ...]]:
    """Let the audit tell of every payload, wherever an entry has a text; gives what each entry's body holds."""
    every = payloads()
    told = [tuple(every[at : at + TOGETHER]) for at in range(0, len(every), TOGETHER)]
    actions = itertools.cycle(
        (AuditAction.ROLE_CHANGED, AuditAction.REVEAL, AuditAction.SIGN_IN_FAILED, AuditAction.HOLD_SET)
    )
    with state.write() as connection:
        for number, some in enumerate(told):
            body = {f"k{place} {text[:60]}": text for place, text in enumerate(some[: TOGETHER // 2])}
            body = {key: value for key, value in body.items() if not _is_named_like_a_secret(key)}
            rest = list(some[TOGETHER // 2 :])
            body |= {
                "reason": some[0],
                "before": rest,
                "change": some[-1],
                "proof": some[-2:][0],
                "address": some[-3:][0],
            }
            kind = "account" if number % 2 else some[-1][:60]
            audit.append(connection, Entry(some[0], Via.CONSOLE, next(actions), kind, some[-2:][0], body))
        # Past the checks of the chain: control characters, an action and a door of no version, a body that is no JSON.
        whole = "\n".join(every[:200])
        connection.execute(
            update(audit_table)
            .where(audit_table.c.seq % 9 == 0)
            .values(actor=every[0] + every[22], via=every[1], action=every[2], subject_id=every[23], body=whole)
        )
        connection.execute(
            update(audit_table)
            .where(audit_table.c.seq % 9 == 1)
            .values(body=json.dumps({"reason": BROKEN[0], every[24]: [BROKEN[1], {every[25]: every[26]}]}))
        )
    return told


def _is_named_like_a_secret(key: str) -> bool:
    return any(secret in key.lower() for secret in audit._SECRETS)  # noqa: SLF001  those keys are refused, tested elsewhere
