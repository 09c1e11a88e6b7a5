"""Whether the clock is right: statistics of chrony and ntpd, one event a measurement, and what w32tm's chart prints.

chrony's tracking.log, measurements.log and statistics.log; ntpd's loopstats and peerstats (days of the Modified Julian
calendar and seconds, in UTC); chronyc's ``tracking`` as CSV. All give ``offset_ms`` (between the clock and its
reference, with the sign that the program writes), and where they are written ``server``, ``stratum``, ``jitter_ms``.
https://chrony-project.org/doc/4.6/chrony.conf.html, https://docs.ntpsec.org/latest/monopt.html
"""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, DecimalException
from typing import TYPE_CHECKING, Final

from warroom.parse.each import Found, instant, read_each

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.parse.shapes import ParseContext, Part, Reject

_NUMBER: Final = r"[-+]?[0-9]{1,12}(?:\.[0-9]{1,12})?(?:[eE][-+]?[0-9]{1,3})?"
_CHRONY: Final = (
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}) (?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?) +"
    r"(?P<server>[0-9A-Za-z.:%_-]{1,64}) +"
)
_TRACKING: Final = re.compile(
    _CHRONY + rf"(?P<stratum>[0-9]{{1,2}}) +(?P<freq_ppm>{_NUMBER}) +(?P<skew_ppm>{_NUMBER}) +(?P<offset>{_NUMBER}) +"
    rf"(?P<leap>[N+?-]) +(?P<combined>[0-9]{{1,4}}) +(?P<offset_sd>{_NUMBER}) +(?P<remaining_correction>{_NUMBER})"
    rf"(?: +(?P<root_delay>{_NUMBER}) +(?P<root_dispersion>{_NUMBER}) +(?P<max_error>{_NUMBER}))?"
)
_MEASUREMENTS: Final = re.compile(
    _CHRONY + r"(?P<leap>[N+?-]) +(?P<stratum>[0-9]{1,2}) +(?P<tests>[01]{3} [01]{3} [01]{4}|[01]{3} [01]{3} [01]{3}) +"
    rf"(?P<local_poll>-?[0-9]{{1,2}}) +(?P<remote_poll>-?[0-9]{{1,2}}) +(?P<score>{_NUMBER}) +(?P<offset>{_NUMBER}) +"
    rf"(?P<peer_delay>{_NUMBER}) +(?P<peer_dispersion>{_NUMBER}) +(?P<root_delay>{_NUMBER}) +"
    rf"(?P<root_dispersion>{_NUMBER}) +(?P<refid>[0-9A-F]{{1,8}})(?: +(?P<mode>[0-9A-Z]{{1,3}}))?"
    r"(?: +(?P<modes>[A-Z ]{1,8}))?"
)
_STATISTICS: Final = re.compile(
    _CHRONY + rf"(?P<sd>{_NUMBER}) +(?P<offset>{_NUMBER}) +(?P<offset_sd>{_NUMBER}) +(?P<freq>{_NUMBER}) +"
    rf"(?P<skew>{_NUMBER}) +(?P<stress>{_NUMBER}) +(?P<samples>[0-9]{{1,6}}) +"
    r"(?P<first>[0-9]{1,6}) +(?P<runs>[0-9]{1,6})"
    rf"(?: +(?P<asymmetry>{_NUMBER}))?"
)
_NTPD: Final = r"(?P<mjd>[0-9]{5,6}) (?P<second>[0-9]{1,5}(?:\.[0-9]{1,9})?) +"
_PEERSTATS: Final = re.compile(
    _NTPD + rf"(?P<server>[0-9A-Fa-f.:%a-zA-Z_()-]{{3,64}}) +(?P<status>[0-9a-f]{{1,8}}) +(?P<offset>{_NUMBER}) +"
    rf"(?P<delay>{_NUMBER}) +(?P<dispersion>{_NUMBER}) +(?P<jitter>{_NUMBER})"
)
_LOOPSTATS: Final = re.compile(
    _NTPD + rf"(?P<offset>{_NUMBER}) +(?P<freq_ppm>{_NUMBER}) +(?P<jitter>{_NUMBER}) +(?P<wander>{_NUMBER}) +"
    r"(?P<time_constant>[0-9]{1,2})"
)
_CHRONYC: Final = re.compile(
    rf"(?P<refid>[0-9A-F]{{8}}),(?P<server>[^,]{{0,255}}),(?P<stratum>[0-9]{{1,2}}),(?P<reference>[0-9]{{1,12}}\.[0-9]{{1,9}}),"
    rf"(?P<offset>{_NUMBER}),(?P<last_offset>{_NUMBER}),(?P<jitter>{_NUMBER}),(?P<freq_ppm>{_NUMBER}),"
    rf"(?P<residual_freq>{_NUMBER}),(?P<skew_ppm>{_NUMBER}),(?P<root_delay>{_NUMBER}),(?P<root_dispersion>{_NUMBER}),"
    rf"(?P<interval>{_NUMBER}),(?P<leap>[A-Za-z ]{{1,32}})"
)
_CHART: Final = re.compile(
    rf"(?:(?P<day>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})[ T,])?(?P<clock>[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}})(?:,|\s)"
    rf" *(?:d:(?P<delay>{_NUMBER})s )?(?:o:)?(?P<offset>[-+][0-9]{{1,9}}\.[0-9]{{1,12}})s.*"
)
#: The dash of chrony's head, and its names.
_HEADS: Final = ("=", "   Date (UTC) Time")
_FORMS: Final = (_TRACKING, _MEASUREMENTS, _STATISTICS, _PEERSTATS, _LOOPSTATS, _CHRONYC, _CHART)
_KINDS: Final = ("tracking", "measurement", "statistics", "peer", "loop", "tracking", "chart")
_MJD: Final = datetime(1858, 11, 17, tzinfo=UTC)
_WORST: Final = 86_400


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read lines; rows are indices into ``text``."""
    return read_each(text, lambda line: _line(line, context))


def _line(line: str, context: ParseContext) -> Found:
    if line.startswith(_HEADS):
        return "a line of the head that chrony repeats"
    for pattern, kind in zip(_FORMS, _KINDS, strict=True):
        if match := pattern.fullmatch(line.strip()):
            said: dict[str, str | None] = match.groupdict()
            time = _time(said, context)
            if time is None:
                return "there is no such time"
            return time, _named(said, kind)
    return (
        "no statistics of chrony or ntpd: expected a line of tracking, measurements, statistics, loopstats or peerstats"
    )


def _time(said: dict[str, str | None], context: ParseContext) -> datetime | None:
    day, clock = said.pop("day", None), said.pop("clock", None)
    if clock is not None:
        zone = "UTC" if day is not None else None  # chrony and ntpd write UTC, w32tm's chart the time of the wall
        return instant(day or context.now.date().isoformat(), clock, zone, context.timezone)
    mjd, second = said.pop("mjd", None), said.pop("second", None)
    if mjd is not None and second is not None:
        seconds = float(second)
        return _MJD + timedelta(days=int(mjd), seconds=seconds) if seconds <= _WORST else None
    return context.now


def _named(said: dict[str, str | None], kind: str) -> dict[str, str | None]:
    offset = said.pop("offset", None)
    jitter = said.pop("jitter", None) or said.get("offset_sd")
    server = said.get("server")
    return said | {
        "action": "ntp_offset", "ntp_kind": kind, "offset_ms": _millis(offset), "jitter_ms": _millis(jitter),
        "destination_address": server if server and _is_address(server) else None,
    }  # fmt: skip


def _millis(seconds: str | None) -> str | None:
    """Give seconds as milliseconds, as exactly as they are written."""
    if seconds is None:
        return None
    try:
        return format((Decimal(seconds) * 1000).normalize(), "f")[:40]
    except DecimalException:
        return None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
