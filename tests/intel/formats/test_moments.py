"""Times of STIX and MISP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.intel.formats.moments import misp_time, stix_time

SECOND = 1_603_642_920_000_000


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("2020-10-25T16:22:00Z", SECOND),
        ("2020-10-25T16:22:00.000Z", SECOND),
        ("2020-10-25T16:22:00.123456789Z", SECOND + 123_456),
        ("2020-10-25T16:22:00.5Z", SECOND + 500_000),
    ],
)
def test_a_time_of_stix(text: str, micros: int) -> None:
    assert stix_time(text) == micros


@pytest.mark.parametrize(
    "text", ["", "2020-10-25", "2020-10-25T16:22:00", "2020-10-25T16:22:00+07:00", "2020-13-25T16:22:00Z",
             "2020-10-25T16:22:61Z", "2020-10-25t16:22:00z", "๒๐๒๐-10-25T16:22:00Z", "2020-10-25T16:22:00Z "],
)  # fmt: skip
def test_what_is_no_time_of_stix(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        stix_time(text)


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001 - UTC is added below
def test_every_moment_is_read_as_it_is_written(moment: datetime) -> None:
    found = stix_time(f"{moment.isoformat(timespec='microseconds')}Z")
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=found) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        ("1603642920", SECOND),
        (1603642920, SECOND),
        (1603642920.5, SECOND + 500_000),
        ("2020-10-25T16:22:00.000000+00:00", SECOND),
        ("2020-10-25T23:22:00+07:00", SECOND),
        ("2020-10-25 16:22:00", SECOND),
        ("0", None),
        ("", None),
        ("soon", None),
        ("9" * 40, None),
        (float("inf"), None),
        ("0001-01-01T00:00:00+14:00", -62_135_647_200_000_000),
    ],
)
def test_a_time_of_misp(value: str | float, micros: int | None) -> None:
    assert misp_time(value) == micros
