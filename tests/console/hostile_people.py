"""Accounts, tokens, sessions and audit entries in which every field says what an attacker would write there.

Most of these fields are checked when they are filled in. Here they are written past the checks: a screen must hold
where a check is missing, was another one in an older version, or the database came from elsewhere.
"""

from __future__ import annotations

import itertools
import json
from collections import deque
from dataclasses import dataclass
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
from warroom.store.audit import AuditAction, Entry, Stored, Via
from warroom.store.audit_tables import audit as audit_table

if TYPE_CHECKING:
    from warroom.store.canonical import Json
    from warroom.store.database import State

#: What opens a session of the account with this number.
_TOKEN: Final = "session of hostile account {}"  # noqa: S105  of nobody
#: Payloads in the body of one audit entry at most: its detail shows so many pairs.
TOGETHER: Final = 60
#: Accounts of each kind of person, from the first one on: who may enter and look at their own screens.
ADMINISTRATORS: Final = 4


def token_of(account: int) -> str:
    """Give the token of a hostile account's session."""
    return _TOKEN.format(account)


def plant_people(state: State, first: int, end: int) -> list[tuple[int, str]]:
    """Make accounts of the payloads from one place to another, with sessions and tokens; gives numbers and names."""
    every = payloads()[:end]
    now = int(datetime.now(UTC).timestamp() * 1_000_000)
    following = itertools.cycle(every[1:] + every[:1])
    made: list[tuple[int, str]] = []
    keys: set[str] = set()
    with state.write("accounts") as connection:
        for number, payload in enumerate(every):
            name = payload[:400] if name_key(payload[:400]) not in keys else f"{payload[:400]} {number}"
            keys.add(name_key(name))
            if number < first:
                continue
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


@dataclass(frozen=True)
class Deed:
    """An audit entry and what its detail must show: names and values as the chain keeps them, none left out."""

    number: int
    names: tuple[str, ...]
    values: tuple[str, ...]


def plant_deeds(state: State) -> list[Deed]:
    """Let the audit tell of every payload, wherever an entry has a text.

    The last entries, which have no names and values here, are what no code of ours writes.
    """
    actions = itertools.cycle(
        (AuditAction.ROLE_CHANGED, AuditAction.REVEAL, AuditAction.SIGN_IN_FAILED, AuditAction.HOLD_SET)
    )
    made: list[Deed] = []
    waiting = deque(payloads())
    with state.write() as connection:
        while waiting:
            some: list[str] = []
            while waiting and len(some) < TOGETHER and _size([*some, waiting[0]]) < audit.MOST_BODY:
                some.append(waiting.popleft())
            kind = "account" if len(made) % 2 else some[-1][:60]
            entry = Entry(some[0], Via.CONSOLE, next(actions), kind, some[-2:][0], _body(some))
            made.append(_deed(audit.append(connection, entry), some))
        every = payloads()
        whole = "\n".join(every[:200])
        past: tuple[dict[str, object], ...] = (
            # control characters, an action and a door of no version, a body that is no JSON
            {
                "actor": every[0] + every[22],
                "via": every[1],
                "action": every[2],
                "subject_id": every[23],
                "body": whole,
            },
            {
                "action": every[12],
                "body": json.dumps({"reason": BROKEN[0], every[24]: [BROKEN[1], {every[25]: every[26]}]}),
            },
        )
        for values in past:
            number = audit.append(connection, Entry("nobody", Via.CONSOLE, AuditAction.REVEAL)).seq
            connection.execute(update(audit_table).where(audit_table.c.seq == number).values(**values))
            made.append(Deed(number, (), ()))
    return made


def _body(some: list[str]) -> dict[str, Json]:
    """Every payload once, as a name's value or in a list; short ones that name no secret as names, too."""
    half = len(some) // 2
    named = {
        f"k{place}" if names_a_secret(text) else f"k{place} {text[:60]}": text for place, text in enumerate(some[:half])
    }
    return {**named, "before": list(some[half:])}


def _size(some: list[str]) -> int:
    """Give bytes that hold a body of these, each cut as an entry cuts it; escapes take their room."""
    return sum(2 * len(text[:600].encode("utf-8", "surrogatepass")) + 200 for text in some) + 200


def _deed(entry: Stored, some: list[str]) -> Deed:
    body = json.loads(entry.body)
    values = [one for value in body.values() for one in (value if isinstance(value, list) else [value])]
    if len(values) != len(some) or not {text for text in some if text.isprintable() and len(text) < 500} <= set(values):
        raise ValueError("an entry does not hold what it was told")
    return Deed(entry.seq, tuple(key for key in body if key != "before"), tuple(values))


def names_a_secret(key: str) -> bool:
    """Whether the audit refuses such a name."""
    return any(secret in key.lower() for secret in audit._SECRETS)  # noqa: SLF001  those keys are refused, tested elsewhere
