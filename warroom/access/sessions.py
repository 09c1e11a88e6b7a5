"""A session: who is in the console, until when, and how it ends."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warroom.access.tokens import fingerprint, new_token
from warroom.store import sessions as rows
from warroom.store.database import to_us

if TYPE_CHECKING:
    from datetime import datetime

    from warroom.store.database import State

#: A session ends when nobody was there for this long …
IDLE_MINUTES: Final = 120
#: … and this long after sign-in, whoever is there: one shift and its hand-over.
ABSOLUTE_HOURS: Final = 12

#: Presence is written at most this often.
_TOUCH_SECONDS: Final = 60
_SECOND: Final = 1_000_000
_NAME_LIMIT: Final = 40
#: Names that the incident log and the screens give to programs.
_TAKEN: Final = frozenset({"worker", "system", "ระบบ"})


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in."""

    actor: str
    language: str


def sign_in(state: State, link_token: str, *, name: str, language: str, now: datetime) -> str | None:
    """Burn a sign-in link and open a session; gives the session's token.

    None where the link is unknown, used or expired: which of the three is nobody's business.
    """
    token = new_token()
    now_us = to_us(now)
    row = rows.SessionRow(
        actor=clean_name(name),
        language=language if language in {"th", "en"} else "th",
        created_at=now_us,
        seen_at=now_us,
    )
    opened = rows.use_link(state, fingerprint(link_token), fingerprint(token), row)
    return token if opened else None


def opens(state: State, link_token: str, now: datetime) -> bool:
    """Whether a sign-in link would still open a session; changes nothing."""
    return rows.is_link_live(state, fingerprint(link_token), to_us(now))


def find_session(state: State, token: str, now: datetime, *, present: bool = False) -> Session | None:
    """Give the live session of a token; None when unknown, revoked, idle too long or too old.

    ``present`` says that a person did something, which starts the idle limit afresh.
    """
    if not token:
        return None
    key = fingerprint(token)
    row = rows.find_session(state, key)
    if row is None or row.revoked_at is not None:
        return None
    now_us = to_us(now)
    if now_us - row.seen_at > IDLE_MINUTES * 60 * _SECOND or now_us - row.created_at > ABSOLUTE_HOURS * 3600 * _SECOND:
        return None
    if present and now_us - row.seen_at > _TOUCH_SECONDS * _SECOND:
        rows.touch_session(state, key, now_us)
    return Session(row.actor, row.language)


def choose_language(state: State, token: str, language: str) -> None:
    """Remember the language that the session's person chose."""
    rows.set_language(state, fingerprint(token), language)


def sign_out(state: State, token: str, now: datetime) -> None:
    """End one session; its open pages are cut off within seconds."""
    rows.revoke_session(state, fingerprint(token), to_us(now))


def sign_out_everywhere(state: State, actor: str, now: datetime) -> int:
    """End every session of a person; gives how many were open."""
    return rows.revoke_actor(state, actor, to_us(now))


def clean_name(name: str) -> str:
    """Make the name a person gave fit for the incident log: one line, printable, not a program's.

    Names are self-declared until there are accounts: the link is what was proved.
    """
    kept = "".join(
        character
        for character in unicodedata.normalize("NFC", name)
        if unicodedata.category(character)[0] not in "CZ" or character == " "
    )
    kept = " ".join(kept.split())[:_NAME_LIMIT]
    # Compared as it looks: full-width letters and the like read the same.
    looks = unicodedata.normalize("NFKC", kept).casefold().strip()
    return kept if looks and looks not in _TAKEN else "operator"
