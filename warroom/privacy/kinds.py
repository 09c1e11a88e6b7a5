"""The kinds of personal data that are recognised, and where one stands in a text."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class Kind(StrEnum):
    """A kind of identifier of a person."""

    CITIZEN_ID = "citizen_id"
    PASSPORT = "passport"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    ACCOUNT = "account"
    CARD = "card"


ALL: Final = frozenset(Kind)

#: What a person reads instead of the value, beside its keyed tag.
LABELS: Final[dict[Kind, str]] = {
    Kind.CITIZEN_ID: "บัตรประชาชน",
    Kind.PASSPORT: "หนังสือเดินทาง",
    Kind.PHONE: "โทรศัพท์",
    Kind.EMAIL: "อีเมล",
    Kind.ADDRESS: "ที่อยู่",
    Kind.ACCOUNT: "บัญชี",
    Kind.CARD: "บัตรชำระเงิน",
}


class Found(NamedTuple):
    """One identifier: ``text[begin:end]`` is its spelling, escapes and separators included."""

    kind: Kind
    begin: int
    end: int
