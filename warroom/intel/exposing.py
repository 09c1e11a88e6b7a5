"""Raises an alert where something of ours has a vulnerability that is known to be exploited: once for each of both.

What a scanner found there is told whenever it is, and gets known to be exploited. Where only the product is the same,
people have to look at the version: that is told of what was added to the catalogue lately, and softly.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa

from warroom.catalog.assets import Asset
from warroom.indicators import LIKELY, Kind
from warroom.intel.vulnerabilities import Exposure, Vulnerabilities
from warroom.model import Alert, Entity, Severity
from warroom.store.database import State, from_us, raise_counter, to_us
from warroom.store.intel import feeds, snapshots
from warroom.store.intel.feeds import FeedRow
from warroom.store.intel.findings import Findings, Match, keep
from warroom.store.intel.look_backs import raised_before
from warroom.store.lease import Lease
from warroom.store.raising import add_alerts

RULE: Final = "intel.exposure"
#: So long after it was added a vulnerability is news for who has the product.
_LATELY: Final = timedelta(days=14)
#: A confirmed one, and one that is only of the same product: by whether everybody can reach the asset.
_CONFIRMED: Final = {True: Severity.HIGH, False: Severity.MEDIUM}
_PERHAPS: Final = {True: Severity.MEDIUM, False: Severity.LOW}
_LONGEST: Final = 200


def raise_exposures(state: State, data_dir: Path, lease: Lease, assets: Iterable[Asset], now: int) -> int:
    """Raise what was not raised before; how many alerts.

    Args:
        state: the state database.
        data_dir: the state folder.
        lease: the writer's lease.
        assets: what is run where.
        now: microseconds since 1970.

    Raises:
        LeaseError: another worker took over.
    """
    with state.read() as connection:
        told = {row.feed_id: row for row in feeds.rows(connection) if not row.drill}
    alerts: dict[str, Alert] = {}
    matches: list[Match] = []
    known = list(assets)
    for feed_id, table in snapshots.tables(state, data_dir, "exploited"):
        if feed_id not in told:
            continue
        for one in Vulnerabilities(table, _NOTHING_LIKELY).exposures(known):
            if not _is_news(one, now) or (name := _identity(one)) in alerts:
                continue
            alerts[name] = _alert(one, name, feed_id, now)
            matches.append(_match(one, name, told[feed_id]))
    before = raised_before(state, now, list(alerts))
    fresh = [alert for name, alert in alerts.items() if name not in before]
    if fresh:
        with state.write() as connection:
            lease.hold(connection)
            keep(connection, Findings([one for one in matches if one.alert_id not in before]), now)
            add_alerts(connection, fresh, now)
            raise_counter(connection, "alerts")
    return len(fresh)


_NOTHING_LIKELY: Final[pa.Table] = LIKELY.empty_table()


def _is_news(one: Exposure, now: int) -> bool:
    known = one.vulnerability.exploited
    if known is None:
        return False
    return one.confirmed or (known.added_on is not None and from_us(now).date() - known.added_on <= _LATELY)


def _identity(one: Exposure) -> str:
    return hashlib.sha256(json.dumps([RULE, one.asset.id, one.vulnerability.cve]).encode()).hexdigest()


def _alert(one: Exposure, name: str, feed_id: str, now: int) -> Alert:
    cve, asset = one.vulnerability.cve, one.asset
    what = " ".join(filter(None, (asset.vendor, asset.product, asset.version)))
    place = f"{asset.id} ({what})" if what else asset.id
    english, thai = ("in", "ใน") if one.confirmed else ("may be in", "อาจอยู่ใน")
    severities = _CONFIRMED if one.confirmed else _PERHAPS
    return Alert(
        alert_id=name,
        rule_id=RULE,
        rule_title=f"Exploited vulnerability {cve} {english} {place}"[:_LONGEST],
        rule_title_th=f"ช่องโหว่ที่มีการโจมตีจริง {cve} {thai} {place}"[:_LONGEST],
        severity=severities[asset.internet_facing],
        platform_id=asset.platform_id,
        feed_id=feed_id,
        first_at=from_us(now),
        last_at=from_us(now),
        count=1,
        entities=(Entity("host", asset.id),),
        event_ids=(),
        tags=(cve.lower().replace("-", ".", 1),),
    )


def _midnight(day: date) -> int:
    return to_us(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _match(one: Exposure, name: str, feed: FeedRow) -> Match:
    known = one.vulnerability.exploited
    listed = {
        "feed": feed.feed_id,
        "title_th": feed.title_th,
        "title_en": feed.title_en,
        "score": 100,
        "confidence": 100,
        "tlp": feed.tlp,
        "listed_at": _midnight(known.added_on) if known and known.added_on else None,
        "last_seen": None,
        "fetched_at": feed.succeeded_at,
        "tags": None,
        "comment": known.name if known else "",
        "reference": None,
    }
    observed = " ".join(filter(None, (one.asset.vendor, one.asset.product, one.asset.version))) or one.asset.id
    told = json.dumps([listed], ensure_ascii=False)
    return Match(name, Kind.CVE, one.vulnerability.cve, observed, "asset", 100, told)
