"""A store with a web feed and a list of indicators, and the worker parts that compare both."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

from making import NOW, UNION_RULE, WEB_FEED, new_store, settings_for, web_line
from sqlalchemy import select

from warroom.catalog import load_feeds
from warroom.detect import load_rules
from warroom.intel_keeper import IntelKeeper
from warroom.pipeline import Pipeline
from warroom.reserve import Reserve
from warroom.settings import Settings
from warroom.store import feedstate
from warroom.store.intel import look_backs
from warroom.store.intel.look_backs import LookBack
from warroom.store.intel.tables import intel_feeds, intel_matches
from warroom.store.lease import Lease
from warroom.store.tables import alerts

LIST = """\
title: {th: รายการ, en: Blocklist}
enabled: true
format: list
collect: {way: folder, paths: ["{data}/lists/*.txt"], every: 1h}
values: {kind: ipv4}
weight: {confidence: 80, severity: high}
"""


class Room:
    """A store with a web feed and a list in a folder; ``restart`` forgets all that is only in memory."""

    def __init__(self, folder: Path, **others: object) -> None:
        (folder / "feeds" / "intel").mkdir(parents=True)
        (folder / "feeds" / "intel" / "blocklist.yml").write_text(LIST, encoding="utf-8")
        made = settings_for(folder, {"web.yml": WEB_FEED}, {"rule.yml": UNION_RULE})
        self.settings = Settings(**_values(made) | others)
        self.folder = folder
        for name in ("logs", "lists"):
            (self.settings.data_dir / name).mkdir(parents=True)
        self.log = self.settings.data_dir / "logs" / "access.log"
        self.state = new_store(self.settings.data_dir / "state.db")
        self.lease = Lease(self.state, self.settings.data_dir)
        self.lease.take()
        (self.feed,), _ = load_feeds(self.settings.feeds, self.settings.data_dir)
        feedstate.register(self.state, [feedstate.Registration("web", "tang_rat", "เว็บ", "Web", False, 900)])
        self.lines = 0
        self.restart()

    def restart(self) -> None:
        self.pipeline = Pipeline(self.settings, self.state, self.lease)
        self.pipeline.use(load_rules([self.settings.detectors], self.settings.cache_dir))
        reserve = Reserve(self.settings.data_dir, 0)
        self.keeper = IntelKeeper(self.settings, self.state, self.lease, self.pipeline, reserve, threading.Event())
        self.keeper.load()
        self.keeper.begin()

    def listed(self, *addresses: str) -> bool:
        """Let the list have these, and the keeper hear of it; whether another index came into use."""
        file = self.settings.data_dir / "lists" / "a.txt"
        file.write_text("".join(f"{one}\n" for one in addresses))
        if not addresses:
            file.unlink()
        self.ask()
        return self.keeper.look()

    def ask(self) -> None:
        """Poll every feed now."""
        self.keeper.load()  # a feed that is loaded anew …
        (one,) = self.keeper.feeds
        self.keeper._due.clear()  # noqa: SLF001 - … and whose time it is
        with self.state.write() as connection:
            connection.execute(intel_feeds.update().values(tried_at=None))
        self.keeper.poll(one)

    def read(self, *addresses: str) -> None:
        with self.log.open("ab") as log:
            for address in addresses:
                self.lines += 1
                log.write(web_line(self.lines, address=address, at=NOW + timedelta(seconds=self.lines)))
        self.pipeline.read(self.feed, threading.Event())
        self.pipeline.group()

    def raised(self) -> dict[str, int]:
        with self.state.read() as connection:
            wanted = select(intel_matches.c.value, alerts.c.count)
            rows = connection.execute(wanted.join(alerts, alerts.c.id == intel_matches.c.alert_id)).all()
        return {row.value: row.count for row in rows}

    def jobs(self) -> list[LookBack]:
        """Look backs, the oldest first."""
        with self.state.read() as connection:
            return look_backs.newest(connection, 99)[::-1]


def _values(made: Settings) -> dict[str, object]:
    return {name: getattr(made, name) for name in ("data", "cache", "feeds", "detectors")}
