"""Which passwords are accepted, and how they are kept."""

from __future__ import annotations

import random

import pytest
from access.people import CHEAP
from hypothesis import given
from hypothesis import strategies as st

from warroom.access.passwords import Hashing, checked_password, normal, strong
from warroom.errors import UsageError

ABOUT = ("anong", "อนงค์ แสงทอง")


@pytest.mark.parametrize(
    "password",
    [
        "trams nimble oak seven",
        "correct horse battery staple",
        "ปลาว่ายน้ำเก่งมาก",
        "pass-the-bassoon-now",
        "Kx9#mQ2vLp7!",
        "aquarium lilac 12",
        "8f3k-pass-92kd-77xq",
        "the latest lake boat",
        "สวัสดีเช้าวันจันทร์ที่สดใส",
        "a b c d e f g h i j k l m",  # blanks count: no rule says what a password is made of
        "\N{PILE OF POO}" * 3 + " is what it is",
    ],
)
def test_long_ones_of_any_making_are_accepted(password: str) -> None:
    assert checked_password(password, about=ABOUT) == normal(password)


@pytest.mark.parametrize(
    "password",
    [
        "Password1234!",
        "P@ssw0rd2026!",
        "passwordpassword",
        "123456789012",
        "0987654321098",
        "abababababab",
        "aaaaaaaaaaaaaaaa",
        "qwertyuiop[]",
        "1qaz2wsx3edc",
        "administrator1",
        "สวัสดีครับ2569",
        "รหัสผ่าน123456",
        "หกดเ้่าสวงผปแอิ",
        "warroom-2026-admin",
        "ThaiD.Bangkok.2569",
        "AnongAnong!!1",
        "แสงทอง-อนงค์-01",
    ],
)
def test_what_attackers_try_first_is_refused(password: str) -> None:
    with pytest.raises(UsageError, match="among the first"):
        checked_password(password, about=ABOUT)


def test_the_length_is_12_to_256_characters() -> None:
    for short in ("", "elevenchars", "ＫＫ"):
        with pytest.raises(UsageError, match="at least 12"):
            checked_password(short)
    long = "".join(random.Random(1).choices("กขคงจฉชซ", k=256))
    assert checked_password(long) == long
    with pytest.raises(UsageError, match="at most 256"):
        checked_password(long + "ก")
    with pytest.raises(UsageError, match="control"):
        checked_password("trams nimble\x00oak seven")


def test_one_text_typed_on_two_keyboards_is_one_password() -> None:
    one, two = "ปลาว่ายน้ำเก่งมาก", "ปลาว่ายน\u0e49\u0e4d\u0e32เก่งมาก"
    assert one != two
    stored = CHEAP.hash("ปลาว่ายคำเก่งมาก")
    assert CHEAP.fits(stored, "ปลาว่ายค\u0e4d\u0e32เก่งมาก")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40), st.text(max_size=40))
def test_a_password_fits_its_own_hash_and_no_other(password: str, other: str) -> None:
    stored = CHEAP.hash(password)
    assert CHEAP.fits(stored, password)
    assert CHEAP.fits(stored, other) is (normal(other) == normal(password))


def test_where_nothing_is_stored_nothing_fits() -> None:
    for password in ("", "nobody has this password", "\ud800", "x" * 10_000_000):
        assert not CHEAP.fits(None, password)
    assert not CHEAP.fits("no hash at all", "x")


def test_hashes_are_argon2id_salted_and_above_the_minimum_of_owasp() -> None:
    one, two = strong().hash("trams nimble oak seven"), strong().hash("trams nimble oak seven")
    assert one != two
    assert one.startswith("$argon2id$v=19$m=47104,t=2,p=1$")
    assert not strong().is_outdated(one)


def test_a_hash_of_older_parameters_is_outdated() -> None:
    assert Hashing(memory_kib=16, rounds=1).is_outdated(CHEAP.hash("x"))
    assert not CHEAP.is_outdated(CHEAP.hash("x"))
