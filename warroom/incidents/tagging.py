"""Tags of an incident, and who watches it."""

from __future__ import annotations

import unicodedata
from typing import Final

from warroom.access.actor import Actor
from warroom.access.changing import changing, is_text
from warroom.access.guard import check, needs
from warroom.access.roles import Permission
from warroom.errors import ConflictError, UsageError
from warroom.store import incidents as store
from warroom.store import ties
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.database import State, now_us

#: A tag has at most so many characters.
LONGEST_TAG: Final = 40


def clean_tag(typed: str) -> str:
    """Give a tag as it is stored: small letters, one line, nothing in it that hides or turns text around.

    Raises:
        UsageError: nothing is left of it, or it is too long.
    """
    composed = unicodedata.normalize("NFKC", typed).casefold() if is_text(typed) else ""
    shown = "".join(one for one in composed if unicodedata.category(one)[0] not in "CZ" or one == " ")
    tag = " ".join(shown.replace(",", " ").split()).lstrip("#").strip()
    if not 1 <= len(tag) <= LONGEST_TAG:
        raise UsageError(f"a tag is one line of 1 to {LONGEST_TAG} characters that can be seen")
    return tag


@needs(Permission.ACT_ON_INCIDENTS)
def tag(state: State, incident_id: int, actor: Actor, typed: str) -> str:
    """Add a tag; the tag as it is stored.

    Raises:
        UsageError: it is no tag, or the incident has too many.
        NotFoundError: no such incident.
        ConflictError: the incident has it already.
    """
    word = clean_tag(typed)
    with changing(state, incident_id, actor, Permission.ACT_ON_INCIDENTS) as (connection, _, at):
        if ties.count_tags(connection, incident_id) >= ties.MOST_TAGS:
            raise UsageError(f"an incident has at most {ties.MOST_TAGS} tags: remove one first")
        if not ties.add_tag(connection, incident_id, word, actor.name, at):
            raise ConflictError(f"incident {incident_id} has the tag {word} already")
        store.append_log(connection, incident_id, at, actor.name, "tagged", tag=word)
    return word


@needs(Permission.ACT_ON_INCIDENTS)
def untag(state: State, incident_id: int, actor: Actor, word: str) -> None:
    """Remove a tag.

    Raises:
        NotFoundError: no such incident.
        ConflictError: the incident has not got it (any more).
    """
    with changing(state, incident_id, actor, Permission.ACT_ON_INCIDENTS) as (connection, _, at):
        if not ties.remove_tag(connection, incident_id, word):
            raise ConflictError(f"incident {incident_id} has no such tag any more")
        store.append_log(connection, incident_id, at, actor.name, "untagged", tag=word)


@needs(Permission.READ_INCIDENTS)
def watch(state: State, incident_id: int, actor: Actor, *, on: bool = True) -> None:
    """Let the actor watch an incident, or watch it no more; doing so twice changes nothing.

    Raises:
        NotFoundError: no such incident.
    """
    with state.write("incidents", "mentions") as connection:
        incident = store.get(connection, incident_id)
        check(actor, Permission.READ_INCIDENTS, incident.platform_id)
        if on:
            changed = ties.watch(connection, incident_id, actor.name, now_us())
        else:
            changed = ties.unwatch(connection, incident_id, actor.name)
        if changed:
            body = {"watching": on}
            append(
                connection,
                Entry(actor.name, actor.via, AuditAction.INCIDENT_CHANGED, "incident", str(incident_id), body),
            )


@needs(Permission.READ_INCIDENTS)
def seen(state: State, incident_id: int, actor: Actor) -> None:
    """Note that the actor, if they watch an incident, has seen what happened to it up to now."""
    with state.write("mentions") as connection:
        ties.looked(connection, incident_id, actor.name, now_us())
