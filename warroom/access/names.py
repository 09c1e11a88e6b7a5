"""Names of accounts: one printable line that looks like no other account's and like no program's."""

from __future__ import annotations

import unicodedata
from typing import Final

from warroom.errors import UsageError

_LIMIT: Final = 40
#: Names that the incident log and the screens give to programs.
_TAKEN: Final = frozenset({"worker", "system", "ระบบ"})
#: What the command line appends where no account acts.
COMMAND_LINE: Final = "@command-line"


def clean_name(name: str) -> str:
    """Make the name a person typed fit for the incident log; ``operator`` where nothing of it is."""
    kept = "".join(
        character
        for character in unicodedata.normalize("NFC", name)
        if unicodedata.category(character)[0] not in "CZ" or character == " "
    )
    kept = " ".join(kept.split())[:_LIMIT].strip()
    key = name_key(kept)
    return kept if key and key not in _TAKEN and not key.endswith(COMMAND_LINE) else "operator"


def checked_name(name: str) -> str:
    """Give a new account's name as stored. Raises UsageError, saying why it cannot be one."""
    composed = unicodedata.normalize("NFC", name)
    kept = clean_name(name)
    if kept != composed or (kept == "operator" and name_key(name) != "operator"):
        raise UsageError(f"an account's name is one line of 1 to {_LIMIT} printable characters, and no program's")
    strange = sorted({character for character in kept if not _is_usual(character)})
    if strange:
        # Letters of other scripts look like Latin ones: `аdmin` with a Cyrillic а.
        raise UsageError(f"an account's name has Thai and Latin letters, digits and . _ - @ only, not {strange}")
    return kept


def name_key(name: str) -> str:
    """Give what two accounts must not share: names that read the same have the same key."""
    # Half a character of UTF-16 comes from broken programs only, and no database takes it.
    whole = name.encode("utf-8", "replace").decode()
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", whole).casefold()).split())


def _is_usual(character: str) -> bool:
    if character in " ._-@":
        return True
    script = unicodedata.name(character, "").partition(" ")[0]
    return unicodedata.category(character)[0] in "LMN" and (script in {"LATIN", "THAI"} or character in "0123456789")
