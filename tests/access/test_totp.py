"""One-time codes, against the numbers of the RFCs."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from access.people import NOW

from warroom.access import totp

SEED = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        # RFC 6238, appendix B, SHA-1; the last six of its eight digits
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_examples_of_the_rfc(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert totp.code_at(SEED, totp.step_at(moment)) == code
    assert totp.matching_step(SEED, code, moment, after=None) == totp.step_at(moment)


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(steps: int, *, fits: bool) -> None:
    code = totp.code_at(SEED, totp.step_at(NOW + timedelta(seconds=30 * steps)))
    assert (totp.matching_step(SEED, code, NOW, after=None) is not None) is fits


def test_a_used_step_and_those_before_it_open_nothing() -> None:
    step = totp.step_at(NOW)
    code = totp.code_at(SEED, step)
    assert totp.matching_step(SEED, code, NOW, after=step - 1) == step
    assert totp.matching_step(SEED, code, NOW, after=step) is None
    assert totp.matching_step(SEED, totp.code_at(SEED, step - 1), NOW, after=step) is None


def test_blanks_as_authenticators_show_them_are_fine_and_rubbish_is_not() -> None:
    code = totp.code_at(SEED, totp.step_at(NOW))
    assert totp.matching_step(SEED, f" {code[:3]} {code[3:]} ", NOW, after=None) is not None
    for wrong in ("", "0", "๑๒๓๔๕๖", "\ud800", code + "0", "x" * 10_000):
        assert totp.matching_step(SEED, wrong, NOW, after=None) is None


def test_the_address_for_the_authenticator_holds_everything() -> None:
    asked = urlsplit(totp.enrolment_uri(SEED, "วิภา & co"))
    assert (asked.scheme, asked.netloc) == ("otpauth", "totp")
    values = {name: value[0] for name, value in parse_qs(asked.query).items()}
    assert values == {
        "secret": base64.b32encode(SEED).decode(),
        "issuer": "War room",
        "algorithm": "SHA1",
        "digits": "6",
        "period": "30",
    }


def test_recovery_codes_are_many_different_and_told_from_codes() -> None:
    codes = totp.new_recovery_codes()
    assert len(set(codes)) == totp.RECOVERY_CODES
    assert all(totp.looks_like_recovery(code) for code in codes)
    assert not totp.looks_like_recovery("123 456")
    typed = codes[0].lower().replace("-", " ")
    assert totp.recovery_hash(codes[0], b"k", 1) == totp.recovery_hash(typed, b"k", 1)
    assert totp.recovery_hash(codes[0], b"k", 1) != totp.recovery_hash(codes[0], b"k", 2)
    assert totp.recovery_hash(codes[0], b"k", 1) != totp.recovery_hash(codes[0], b"l", 1)


def test_seeds_are_as_long_as_their_hash_and_never_the_same() -> None:
    assert len(totp.new_seed()) == 20
    assert totp.new_seed() != totp.new_seed()
