from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.privacy import Kind, pseudonym

KEY = b"k" * 16
PUNYCODE = f"xn--{'ตัวอย่าง'.encode('punycode').decode()}.xn--o3cw4h"


@pytest.mark.parametrize(
    ("kind", "spellings"),
    [
        (Kind.CITIZEN_ID, ["1101700203450", "1-1017-00203-45-0", "๑ ๑๐๑๗ ๐๐๒๐๓ ๔๕ ๐", "１１０１７００２０３４５０"]),
        (
            Kind.PHONE,
            ["0812345678", "+66 81-234-5678", "+66(0)812345678", "0066812345678", "%2B66812345678", "66812345678"],
        ),
        (Kind.PHONE, ["021234567", "+66 2 123 4567", "02-123-4567"]),
        (Kind.EMAIL, ["Somchai@Example.com", "somchai%40example.com", "somchai＠example.com"]),
        (Kind.EMAIL, ["a@" + PUNYCODE, "a@ตัวอย่าง.ไทย"]),
        (Kind.PASSPORT, ["AA1234567", "aa 1234567"]),
        (Kind.CARD, ["4111111111111111", "4111 1111-1111 1111"]),
        (Kind.ACCOUNT, ["1234567890", "123-4-56789-0"]),
        (
            Kind.ADDRESS,
            [
                "9 หมู่ 4 ต.บางพูด จ.นนทบุรี",
                "9 หมู่4 ตำบลบางพูด, จังหวัดนนทบุรี",
                "9+%E0%B8%AB%E0%B8%A1%E0%B8%B9%E0%B9%88+4+ต.บางพูด+จ.นนทบุรี",
            ],
        ),
    ],
)
def test_all_spellings_have_one_pseudonym(kind: Kind, spellings: list[str]) -> None:
    assert len({pseudonym(kind, spelling, KEY) for spelling in spellings}) == 1


def test_form_and_dependence_on_kind_and_key() -> None:
    name = pseudonym(Kind.CITIZEN_ID, "1101700203450", KEY)
    assert re.fullmatch(r"citizen_id#[0-9a-hjkmnp-tv-z]{10}", name)
    assert name == pseudonym(Kind.CITIZEN_ID, "1101700203450", KEY)
    tags = {
        name.partition("#")[2],
        pseudonym(Kind.ACCOUNT, "1101700203450", KEY).partition("#")[2],
        pseudonym(Kind.CITIZEN_ID, "1101700203450", b"l" * 16).partition("#")[2],
        pseudonym(Kind.CITIZEN_ID, "1101700203451", KEY).partition("#")[2],
    }
    assert len(tags) == 4


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="has 15 bytes"):
        pseudonym(Kind.PHONE, "0812345678", b"k" * 15)


@given(st.sampled_from(Kind), st.text(max_size=300))
def test_any_text_has_a_pseudonym(kind: Kind, text: str) -> None:
    assert len(pseudonym(kind, text, KEY).partition("#")[2]) == 10
