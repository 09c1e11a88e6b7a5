"""Who is named in a note by ``@name``, and what each person has read of it."""

from __future__ import annotations

import re
from typing import Final

from warroom.access.actor import Actor
from warroom.access.guard import needs
from warroom.access.names import name_key
from warroom.access.roles import Permission
from warroom.incidents.announcing import tell_people
from warroom.store import accounts, mentions
from warroom.store.database import State, Transaction, now_us, raise_counter
from warroom.store.incidents import Incident

#: People that one note names at most; further names are plain words.
MOST_NAMED: Final = 20
#: A name after a sign that is not inside a mail address; Thai letters stand right before it, too.
_NAMED: Final = re.compile(r"(?<![A-Za-z0-9_.@/-])@([\w.\u0e31\u0e34-\u0e3a\u0e47-\u0e4e-]{1,60})")


def named_in(text: str, people: dict[str, str]) -> list[str]:
    """Give who is named in a text, in order, each once.

    Args:
        text: of a note.
        people: who can be named: ``name_key``, blanks as ``_``, to name. Thai is written without
            blanks, so the longest name that a word begins with is meant: ``@วิภาช่วยดู`` names วิภา where nobody has
            a longer name.
    """
    found: dict[str, None] = {}
    for match in _NAMED.finditer(text):
        word = name_key(match[1])
        longest = max((key for key in people if _begins(word, key)), key=len, default="")
        if longest:
            found[people[longest]] = None
    return list(found)[:MOST_NAMED]


def mention(connection: Transaction, incident: Incident, log_id: int, text: str, actor: Actor, at: int) -> None:
    """Note whom an entry of an incident's log names, in the transaction that wrote it; oneself is no news."""
    if "@" not in text:
        return
    people = {name_key(name).replace(" ", "_"): name for name in accounts.active_names(connection)}
    named = [person for person in named_in(text, people) if person != actor.name]
    mentions.add(connection, incident.id, log_id, named, at)
    if named:
        raise_counter(connection, "mentions")
        tell_people(connection, incident, named, "mentioned", actor, at)


@needs(Permission.READ_INCIDENTS)
def read_mentions(state: State, actor: Actor, *, incident_id: int | None = None) -> int:
    """Note that the actor has seen where they were named, everywhere or in one incident; how often that was new."""
    with state.write("mentions") as connection:
        return mentions.read(connection, actor.name, now_us(), incident_id=incident_id)


def _begins(word: str, name: str) -> bool:
    """Whether a word is a name, or begins with one that a stop or a Thai word follows."""
    if not word.startswith(name):
        return False
    rest = word[len(name) :]
    return not rest or rest[0] in ".-" or "\u0e01" <= rest[0] <= "\u0e5b"
