from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.privacy.dice import Dice
from tests.privacy.texts import drawn
from warroom.privacy import Kind, find, mask, mask_all, pseudonym

KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("เลขบัตร1101700203450ครับ", "เลขบัตรx-xxxx-xxxx3-45-xครับ"),
        ("โทร ๐๘๑-๒๓๔-๕๖๗๘", "โทร xxx-xxx-5678"),
        ("a=somchai%40example.go.th&b", "a=s***@example.go.th&b"),
        ("โอนไป 123-4-56789-0", "โอนไป xxx-x-x6789-x"),
        ("4111 1111 1111 1111", "xxxx-xxxx-xxxx-1111"),
        ("passport AB1234567", "passport ABxxxx567"),
        ("อยู่ 99/1 หมู่ 4 ต.บางพูด อ.ปากเกร็ด จ.นนทบุรี 11120 ครับ", "อยู่ [ที่อยู่ นนทบุรี] ครับ"),
        ("nothing of anybody: 1795341234567", "nothing of anybody: 1795341234567"),
    ],
)
def test_what_stays_readable(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_with_a_key_the_same_person_is_known_again_and_nobody_else() -> None:
    first, second, other = (
        mask(text, key=KEY) for text in ("cid=1101700203450", "บัตร ๑-๑๐๑๗-๐๐๒๐๓-๔๕-๐", "cid=3100601234565")
    )
    tag = pseudonym(Kind.CITIZEN_ID, "1101700203450", KEY).partition("#")[2]
    assert first == f"cid=[บัตรประชาชน #{tag}]"
    assert second == f"บัตร [บัตรประชาชน #{tag}]"
    assert tag not in other
    assert mask("cid=1101700203450", key=KEY[::-1]) != first


def test_only_the_kinds_asked_for() -> None:
    text = "0812345678 a@example.com"
    assert mask(text, kinds={Kind.EMAIL}) == "0812345678 a***@example.com"
    assert mask(text, kinds=set()) == text


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        mask("0812345678", key=b"short")


@pytest.mark.parametrize("key", [None, KEY])
@given(seed=st.integers(0, 2**32))
def test_what_is_masked_stays_masked(seed: int, key: bytes | None) -> None:
    once = mask(drawn(Dice(seed)).text, key=key)
    assert mask(once, key=key) == once


@pytest.mark.parametrize("key", [None, KEY])
@given(
    record=st.dictionaries(
        st.sampled_from(["cid", "phone", "ts", "x", "ที่อยู่", 'a"b']),
        st.sampled_from(
            [
                1101700203450,
                "1101700203450",
                66812345678,
                "a@example.com",
                1795341234567,
                "9 Soi 4, Khet Dusit",
            ]
        ),
    ),
    ascii_only=st.booleans(),
)
def test_json_stays_json(key: bytes | None, record: dict[str, object], *, ascii_only: bool) -> None:
    line = json.dumps(record, ensure_ascii=ascii_only)
    assert list(json.loads(mask(line, key=key))) == list(record)
    nested = json.dumps({"inner": line}, ensure_ascii=ascii_only)
    assert list(json.loads(json.loads(mask(nested, key=key))["inner"])) == list(record)


def test_nothing_of_an_identifier_is_left() -> None:
    masked = mask("ผู้ร้อง 3100601234565 โทร 0812345678 บัญชี 1234567890")
    assert not any(part in masked for part in ("310060", "234565", "081234", "1234567", "67890"))


def test_a_column_is_masked_as_its_texts_are() -> None:
    column = ["cid=1101700203450", "", "ok", "cid=1101700203450", "โทร 0812345678", "1795341234567"]
    assert mask_all(column) == [mask(text) for text in column]
    assert mask_all(column, kinds={Kind.PHONE}, key=KEY) == [mask(text, {Kind.PHONE}, KEY) for text in column]
    assert mask_all([]) == []


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "a",
            "@",
            "a@",
            "a@a.",
            "a.",
            "1",
            "1-",
            "0 ",
            "1101700203450 ",
            "1770300123452,",
            "%",
            "%25",
            "%41",
            "\\",
            "\\n1",
        ),
        *("&#1;", "หมู่ ", "ต.ก", "moo 4 tambon x ", "m.4 district ", "0812345678 ", "\u200b", "1\u200b", "+66", "(02)"),
        *("passport AA1234567 ", "account 12 34 56 78 90 ", "A12345678<<", "๑", "ก@ก.", "x 2026-11-11 1641228068341 "),
        *("1-1017-00203-45-0-", "4111 ", "cid=", "\ud83d"),
    ],
)
def test_hostile_texts_end_soon_and_grow_little(piece: str) -> None:
    text = piece * (10_000 // len(piece))
    masked = mask(text)
    assert len(masked) <= 1.5 * len(text)
    assert len(mask(text, key=KEY)) <= 4 * len(text)
    assert len(find(text)) <= len(text) / 5
