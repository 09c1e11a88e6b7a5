"""What the worker does about its feeds besides reading them, over a real store and real rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from sqlalchemy import func, insert, select

from warroom.catalog import Feed
from warroom.detect import load_rules
from warroom.feed_care import FeedCare
from warroom.store import skews, watchers
from warroom.store.database import State, to_us
from warroom.store.feed_tables import deliveries, feed_hours
from warroom.store.lease import Lease

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
RULE = """title: {title}
id: 00000000-0000-4000-8000-00000000000{number}
status: test
level: {level}
logsource: {{product: {product}}}
detection:
  sel: {{message|contains: x}}
  condition: sel
"""


def feed(feed_id: str, product: str) -> Feed:
    return Feed(
        feed_id, "", "", "gdx", "syslog", object(), 1, "syslog", "Asia/Bangkok", product, None, None, {}, False, True,
        900, Path("x.yml"),
    )  # fmt: skip


def test_the_console_hears_which_detectors_look_at_which_feed(state: State, lease: Lease, tmp_path: Path) -> None:
    for number, (title, level, product) in enumerate(
        [("Small", "low", "linux"), ("Grave", "critical", "linux"), ("Other", "high", "windows")]
    ):
        text = RULE.format(title=title, number=number, level=level, product=product)
        (tmp_path / f"{number}.yml").write_text(text, encoding="utf-8")
    rules = load_rules([tmp_path])
    FeedCare(state, lease).loaded(rules, [feed("a", "linux"), feed("b", "linux"), feed("c", "windows"), feed("d", "x")])
    known = watchers.watchers(state)
    assert known.of(["a", "b"]).titles == (("Grave", ""), ("Small", ""))
    assert [known.of(one).count for one in (["a"], ["a", "b"], ["a", "c"], ["d"], ["gone"])] == [2, 2, 3, 0, 0]


def test_clocks_are_written_down(state: State, lease: Lease) -> None:
    care = FeedCare(state, lease)
    events = pa.RecordBatch.from_pydict(
        {
            "ts": pa.array([NOW + timedelta(seconds=2)], pa.timestamp("us", tz="UTC")),
            "host_hostname": pa.array(["fast"]),
            "log_file_path": pa.array(["192.0.2.1"]),
            "fields": pa.StructArray.from_arrays([pa.array(["1"])], ["pid"]),
        }
    )
    care.skews.observe(events, feed("a", "linux"), NOW)
    care.look(NOW)
    assert [(one.host, one.skew_us) for one in skews.of_feed(state, "a")] == [("fast", 2_000_000)]


def test_what_nobody_looks_at_any_more_is_dropped(state: State, lease: Lease) -> None:
    at = to_us(NOW)
    day = 86_400_000_000
    with state.write() as connection:
        for age in (1, 6, 8):
            row = {"feed_id": "a", "delivery_id": str(age), "at": at - age * day}
            connection.execute(insert(deliveries).values(row))
        for age in (1, 181, 183):
            connection.execute(
                insert(feed_hours).values(feed_id="a", hour=(at - age * day) // 3_600_000_000, received=1)
            )
    FeedCare(state, lease).forget(at)
    with state.read() as connection:
        assert connection.scalar(select(func.count()).select_from(deliveries)) == 2
        assert connection.scalar(select(func.count()).select_from(feed_hours)) == 2
