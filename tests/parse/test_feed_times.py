"""Times: years left out, of the Buddhist era, in Thai, in zones with gaps, and those that no clock ever shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from parse.reading import NOW

from warroom.parse import ParseContext, parse
from warroom.parse.timestamps import any_time
from warroom.reading import Options

ACCESS = b'192.0.2.1 - - [%s] "GET / HTTP/1.1" 200 5 "-" "x"'
BANGKOK = "Asia/Bangkok"


def times(
    log_format: str,
    *lines: bytes,
    zone: str = BANGKOK,
    now: datetime = NOW,
    **options: Any,  # noqa: ANN401 - any option
) -> list[str]:
    mapping = {"ts": "t"} if options else {}
    context = ParseContext(log_format, zone, now, mapping, options=Options(**options))
    parsed = parse(pa.array(lines, pa.binary()), context)
    assert [one.reason for one in parsed.rejects] == []
    return [time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") for time in parsed.events.column("ts").to_pylist()]


@pytest.mark.parametrize(
    ("log_format", "line"),
    [
        ("nginx", ACCESS % b"%s/%s/%s:03:04:05 +0700"),
        ("apache", ACCESS % b"%s/%s/%s:03:04:05 +0700"),
        ("syslog", b"%2$s %1$s %3$s 03:04:05 host app[1]: x"),
        ("syslog", b"<34>1 %3$s-%2$d-%1$sT03:04:05+07:00 host app 1 - - x"),
        ("syslog", b"%3$s-%2$d-%1$sT03:04:05+07:00 host app: x"),
        ("jsonl", b'{"ts":"%3$s-%2$d-%1$sT03:04:05"}'),
        ("jsonl", b'{"ts":"%3$s-%2$d-%1$s 03:04:05.000+07:00"}'),
        ("jsonl", b'{"time":"%1$s/%2$s/%3$s:03:04:05 +0700"}'),
    ],
)
@pytest.mark.parametrize(
    ("day", "month", "year", "meant"),
    [
        ("21", 11, 2569, "2026-11-20"),
        ("29", 2, 2567, "2024-02-28"),
        ("01", 3, 2567, "2024-02-29"),
        ("01", 1, 2569, "2025-12-31"),
    ],
)
def test_buddhist_years_are_known_in_every_format(
    log_format: str, line: bytes, day: str, month: int, year: int, meant: str
) -> None:
    names = ("Jan", "Feb", "Mar", "", "", "", "", "", "", "", "Nov")
    text = line.decode()
    for sign, value in (("%1$s", day), ("%2$s", names[month - 1]), ("%2$d", f"{month:02}"), ("%3$s", str(year))):
        text = text.replace(sign, value)
    if "%s" in text:
        text = text % (day, names[month - 1], year)
    if log_format == "jsonl" and "/" in text:
        assert times("jsonl", text.replace("time", "t").encode(), time_format="%d/%b/%Y:%H:%M:%S %z") == [
            f"{meant} 20:04:05"
        ]
    else:
        assert times(log_format, text.encode()) == [f"{meant} 20:04:05"]


def test_years_of_the_common_era_stay_beside_those_of_the_other() -> None:
    lines = [ACCESS % b"21/Nov/2569:09:00:00 +0700", ACCESS % b"21/Nov/2026:09:00:00 +0700"] * 2
    assert times("nginx", *lines) == ["2026-11-21 02:00:00"] * 4


@pytest.mark.parametrize(
    ("form", "written", "meant"),
    [
        ("%d %b %Y %H:%M:%S", "22 พ.ย. 2569 10:00:00", "2026-11-22 03:00:00"),
        ("%d %b %Y %H:%M:%S", "22 พ.ย 2569 10:00:00", "2026-11-22 03:00:00"),
        ("%d %B %Y %H:%M น.", "๒๙ กุมภาพันธ์ ๒๕๖๗ ๑๐:๐๐ น.", "2024-02-29 03:00:00"),
        ("%A %d %B พ.ศ. %Y", "อาทิตย์ 22 พฤศจิกายน พ.ศ. 2569", "2026-11-21 17:00:00"),
        ("%d/%m/%Y %T", "22/11/2026 10:00:00", "2026-11-22 03:00:00"),
        ("%m/%d/%y %I:%M:%S %p", "11/22/26 12:00:05 AM", "2026-11-21 17:00:05"),
        ("%m/%d/%y %I:%M:%S %p", "11/22/26 1:00:05 pm", "2026-11-22 06:00:05"),
        ("%e %b %Y %H:%M:%S,%f %z", " 2 Sept 2026 10:00:00,5 +0530", "2026-09-02 04:30:00"),
        ("%F %T %Z", "2026-11-22 10:00:00 ICT", "2026-11-22 03:00:00"),
        ("%d-%b-%Y %T%z", "22-NOV-2026 10:00:00Z", "2026-11-22 10:00:00"),
        ("at %s!", "at 1790000000!", "2026-09-21 14:13:20"),
        ("100%% %F", "100% 2026-11-22", "2026-11-21 17:00:00"),
    ],
)
def test_a_notation_of_the_feeds_own(form: str, written: str, meant: str) -> None:
    assert times("jsonl", f'{{"t":"{written}"}}'.encode(), time_format=form) == [meant]


def test_day_and_hour_may_be_fields_of_their_own() -> None:
    options = Options(columns=("day", "at", "x"))
    context = ParseContext("csv", BANGKOK, NOW, {"ts": "day + at"}, options=options)
    found = parse(pa.array([b"2569-11-22,10:00:00,x", b"2026-11-22,,x"], pa.binary()), context).events.column("ts")
    assert [str(time) for time in found.to_pylist()] == ["2026-11-22 03:00:00+00:00", str(NOW)]


def test_two_digits_of_a_buddhist_year_need_to_be_told() -> None:
    line = b'{"t":"22/11/69 10:00:00"}'
    assert times("jsonl", line, time_format="%d/%m/%y %T", era="buddhist") == ["2026-11-22 03:00:00"]
    assert times("jsonl", line, time_format="%d/%m/%y %T") == ["1969-11-22 03:00:00"]
    assert times("jsonl", b'{"t":"29/02/67 10:00:00"}', time_format="%d/%m/%y %T", era="buddhist") == [
        "2024-02-29 03:00:00"
    ]


def test_what_is_not_in_the_notation_is_refused_but_for_iso() -> None:
    context = ParseContext("jsonl", BANGKOK, NOW, {"ts": "t"}, options=Options(time_format="%d/%m/%Y %T"))
    lines = [
        b'{"t":"31/02/2026 10:00:00"}',
        b'{"t":"junk"}',
        b'{"t":"2026-11-22T10:00:00Z"}',
        b'{"a":"no time at all"}',
    ]
    parsed = parse(pa.array(lines, pa.binary()), context)
    assert [(one.row, one.reason) for one in parsed.rejects] == [
        (0, "`t` is not a time: 31/02/2026 10:00:00"), (1, "`t` is not a time: junk")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("now", "zone", "written", "year"),
    [
        ("2026-12-31T17:30:00+00:00", BANGKOK, "Jan  1 00:29:00", 2027),  # it is 2027 in Bangkok already
        ("2026-12-31T16:30:00+00:00", BANGKOK, "Dec 31 23:29:00", 2026),
        ("2026-12-31T17:30:00+00:00", BANGKOK, "Dec 31 23:59:59", 2026),
        ("2026-12-31T23:30:00+00:00", "UTC", "Dec 31 23:29:00", 2026),
        ("2027-01-01T00:30:00+00:00", "UTC", "Dec 31 23:59:59", 2026),
        ("2026-12-31T23:30:00+00:00", "UTC", "Jan  1 00:00:30", 2027),  # a clock that is ahead
        ("2026-12-31T23:30:00+00:00", "UTC", "Jan  3 00:00:30", 2026),
        ("2026-11-22T00:00:00+00:00", BANGKOK, "Feb 29 10:00:00", 2024),
        ("2024-02-29T00:00:00+00:00", BANGKOK, "Feb 29 06:00:00", 2024),
    ],
)
def test_a_year_left_out_is_the_last_that_is_not_ahead(now: str, zone: str, written: str, year: int) -> None:
    for found in (
        times("syslog", f"{written} host app: x".encode(), zone=zone, now=datetime.fromisoformat(now)),
        times(
            "jsonl", f'{{"t":"{written}"}}'.encode(), zone=zone, now=datetime.fromisoformat(now), time_format="%b %d %T"
        ),
    ):
        local = datetime.fromisoformat(found[0] + "+00:00").astimezone(ZoneInfo(zone))
        assert (local.year, local.strftime("%H:%M:%S")) == (year, written[-8:])


def test_an_hour_that_clocks_skip_or_show_twice_is_still_a_time() -> None:
    found = any_time(pa.array(["2026-03-29T02:30:00", "2026-10-25T02:30:00", "2026-11-22T02:30:00"]), "Europe/Berlin")
    assert [str(time) for time in found.to_pylist()] == [
        "2026-03-29 01:30:00+00:00", "2026-10-25 00:30:00+00:00", "2026-11-22 01:30:00+00:00"
    ]  # fmt: skip


@pytest.mark.parametrize("year", ["0000", "0001", "1970", "2199", "2399", "2400", "2999", "3000", "9999"])
def test_any_year_is_an_event_or_a_reject(year: str) -> None:
    lines = [
        ("nginx", ACCESS % f"29/Feb/{year}:00:00:00 +0700".encode()),
        ("nginx", ACCESS % f"01/Jan/{year}:00:00:00 +0700".encode()),
        ("jsonl", f'{{"ts":"{year}-12-31T23:59:59.999999999-12:00"}}'.encode()),
        ("syslog", f"Feb 29 {year} 00:00:00 h a: x".encode()),
    ]
    for log_format, line in lines:
        parsed = parse(pa.array([line], pa.binary()), ParseContext(log_format, "Pacific/Kiritimati", NOW))
        assert len(parsed.rows) + len(parsed.rejects) == 1
