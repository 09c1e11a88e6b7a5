from __future__ import annotations

import json
import socket
import threading
from datetime import UTC, datetime
from pathlib import Path

from collect.senders import (
    ONLY_LINUX,
    connect,
    free_port,
    wait_until,
)
from making import new_store, settings_for
from sqlalchemy import ColumnElement, func, select

from warroom.catalog import load_feeds
from warroom.detect import load_rules
from warroom.pipeline import Pipeline
from warroom.store import feedstate
from warroom.store.feed_tables import losses
from warroom.store.lease import Lease
from warroom.store.segments import read_events
from warroom.store.tables import alerts, ledger

FEED = """\
title: {{th: ทดสอบ, en: Test}}
platform: tang_rat
collect: {{transport: syslog, listen: "127.0.0.1:{port}", protocol: {protocol}}}
parse: {{format: syslog}}
logsource: {{product: linux, service: sshd}}
"""
RULE = """\
title: Root may not sign in
id: 55555555-5555-4555-8555-555555555555
status: test
logsource: {product: linux, service: sshd}
detection:
    selection:
        user.name: root
        event.outcome: failure
    condition: selection
level: high
"""


class Room:
    """A store with one feed and one rule, and the pipeline before it."""

    def __init__(self, folder: Path, feed: str) -> None:
        self.settings = settings_for(folder, {"sshd.yml": feed}, {"rule.yml": RULE})
        self.state = new_store(self.settings.data_dir / "state.db")
        self.lease = Lease(self.state, self.settings.data_dir)
        self.lease.take()
        (self.feed,), _ = load_feeds(self.settings.feeds, self.settings.data_dir)
        told = feedstate.Registration(self.feed.id, self.feed.platform_id, "", "", self.feed.drill, 900)
        feedstate.register(self.state, [told])
        self.pipeline = Pipeline(self.settings, self.state, self.lease)
        self.pipeline.use(load_rules([self.settings.detectors], self.settings.cache_dir))
        self.received = self.read()

    def read(self) -> int:
        return self.pipeline.read(self.feed, threading.Event())[0]

    def has(self, count: int) -> bool:
        """Read, and say whether so many records came."""
        self.received += self.read()
        return self.received == count

    def total(self, column: ColumnElement[int]) -> int:
        with self.state.read() as connection:
            return connection.scalar(select(func.coalesce(func.sum(column), 0))) or 0

    def close(self) -> None:
        self.pipeline.finish()
        self.pipeline.group()
        self.pipeline.close()
        self.lease.release()


def test_a_rule_fires_on_what_came_by_syslog(tmp_path: Path) -> None:
    port = free_port()
    room = Room(tmp_path, FEED.format(port=port, protocol="tcp"))
    stamp = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    counted = f"<38>1 {stamp} web1 sshd 77 - - \ufeffFailed password for root from 203.0.113.9 port 22 ssh2".encode()
    lines = f"<38>{stamp} web1 app[7]: first\nsecond".encode()
    with connect(port) as link:
        link.sendall(b"%d %b%d %b<38>no time and no host\n" % (len(counted), counted, len(lines), lines))
        wait_until(lambda: room.has(3))
        link.sendall(b"<38>Nov 22 10:00:00 web1 CRON[7]: the last one\n")
        room.close()
    with room.state.read() as connection:
        (alert,) = connection.execute(select(alerts.c.rule_title, alerts.c.event_ids)).all()
    assert (room.total(ledger.c.stored), room.total(ledger.c.rejected)) == (3, 1)
    (event,) = read_events(room.state, room.settings.data_dir, json.loads(alert.event_ids)).to_pylist()
    assert (event["log_file_path"], event["host_hostname"]) == ("127.0.0.1", "web1")
    assert event["message"].startswith("Failed")
    room.state.close()


@ONLY_LINUX
def test_the_ledger_and_the_losses_are_what_was_sent(tmp_path: Path) -> None:
    port = free_port(socket.SOCK_DGRAM)
    room = Room(tmp_path, FEED.format(port=port, protocol="udp, buffer_bytes: 4096"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(2):
            for number in range(2000):
                sender.sendto(b"<38>Nov 22 10:00:00 web1 app[7]: %d" % number, ("127.0.0.1", port))
            room.read()
    room.close()
    assert room.total(losses.c.count) > 0
    assert room.total(ledger.c.stored) + room.total(losses.c.count) == 4000
    room.state.close()


def test_doors_open_for_all_feeds_before_anything_is_read(tmp_path: Path) -> None:
    port = free_port()
    room = Room(tmp_path, FEED.format(port=port, protocol="tcp"))
    text = FEED.format(port=port, protocol="tcp, programs: [cron]").replace("sshd", "syslog")
    (room.settings.feeds / "cron.yml").write_text(text, encoding="utf-8")
    feeds, _ = load_feeds(room.settings.feeds, room.settings.data_dir)
    room.pipeline.keep(())
    feedstate.register(room.state, [feedstate.Registration(one.id, one.platform_id, "", "", False, 9) for one in feeds])
    room.pipeline.open_doors(feeds)
    with connect(port) as link:
        link.sendall(b"<38>Nov 22 10:00:00 web1 cron[7]: x\n<38>Nov 22 10:00:00 web1 sshd[7]: y\n")
        wait_until(lambda: room.has(1))
    cron = next(one for one in feeds if one.id == "cron")
    assert room.pipeline.read(cron, threading.Event()) == (1, [])
    room.close()
    room.state.close()
