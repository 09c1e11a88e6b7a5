"""Of real logs a back-test finds what live detection raised, alert by alert: of our detectors, and of rules that hit.

The lines are those of public sites and servers (tests/samples/ordinary_web, tests/samples/parse), under open licences.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.live import Live, raised
from sqlalchemy import select

from warroom.bench import backtest
from warroom.bench.backtest import back_test
from warroom.bench.backtest_figures import Found, Tally
from warroom.settings import ROOT
from warroom.store.event_files import event_segments
from warroom.store.tables import alerts

SAMPLES = Path(__file__).parent.parent / "samples"
#: Feed → format, product and category or service, and the file.
LOGS = {
    "site": ("apache", "apache, category: webserver", "ordinary_web/apache_access.log"),
    "scanned": ("apache", "apache, category: webserver", "parse/crowdsec/apache2-logs/apache2-logs.log"),
    "traversed": (
        "nginx",
        "nginx, category: webserver",
        "parse/crowdsec/nginx-http-path-traversal/nginx-http-path-traversal.log",
    ),
    "server": ("syslog", "linux, service: auth", "parse/crowdsec/sshd-logs/sshd-logs.log"),
}
FEED = (
    "title: {{th: จริง, en: Real}}\nplatform: tang_rat\n"
    'collect: {{transport: file, paths: ["{{data}}/{name}.log"]}}\n'
    "parse: {{format: {format}, timezone: UTC}}\nlogsource: {{product: {source}}}\n"
)
OWN = (
    "webserver/webserver_exploit_path.yml",
    "webserver/webserver_scanner_user_agent.yml",
    "sshd/sshd_brute_force.yml",
)
SINGLE = (
    "title: {name}\nid: 00000000-0000-4000-8000-00000000000{number}\nname: {name}\nstatus: test\n"
    "logsource: {{category: webserver}}\ndetection: {{s: {{{what}}}, condition: s}}\nlevel: low\n"
)
OVER = (
    "title: {name}\nid: 00000000-0000-4000-9000-00000000000{number}\nname: {name}\nstatus: test\n"
    "correlation: {{{what}, generate: true}}\nlevel: low\n"
)
OFTEN = {
    "missing": "sc-status: 404",
    "picture": "cs-uri-stem|endswith: [.png, .jpg, .ico]",
    "feed_reader": "cs-user-agent|contains: [Feed, UniversalFeedParser, Tiny]",
}
TOGETHER = {
    "pictures": "type: event_count, rules: [picture], group-by: [c-ip], timespan: 2m, condition: {gte: 5}",
    "many_pages": (
        "type: value_count, rules: [picture], group-by: [c-ip], timespan: 30m, condition: {field: cs-uri-stem, gte: 4}"
    ),
    "looks_and_misses": "type: temporal, rules: [picture, missing], group-by: [c-ip], timespan: 1h",
}


def rules() -> dict[str, str]:
    """Give files of rules: some of our own, and some that hit ordinary traffic."""
    own = [ROOT / "detectors" / name for name in OWN]
    found = {path.name: path.read_text("utf-8") for path in own}
    for number, (name, what) in enumerate(OFTEN.items()):
        found[f"{name}.yml"] = SINGLE.format(name=name, number=number, what=what)
    for number, (name, what) in enumerate(TOGETHER.items()):
        found[f"{name}.yml"] = OVER.format(name=name, number=number, what=what)
    return found


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A store of all the lines, in commits of 50 and the feeds in turn."""
    feeds = {f"{name}.yml": FEED.format(name=name, format=form, source=of) for name, (form, of, _) in LOGS.items()}
    made = Live(tmp_path_factory.mktemp("real"), feeds, rules())
    lines = {name: (SAMPLES / path).read_bytes().splitlines() for name, (_, _, path) in LOGS.items()}
    while any(lines.values()):
        for name, left in lines.items():
            if left:
                made.take(name, left[:50])
                lines[name] = left[50:]
    yield made
    made.close()


def test_the_alerts_of_real_logs_are_those_that_live_detection_raised(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[tuple[str, str], tuple[int, int]] = {}

    class Noted(Tally):
        def add(self, found: Found) -> None:
            super().add(found)
            key = found.rule_id, found.alert_id
            first, last = seen.get(key, (found.first_at, found.last_at))
            seen[key] = min(first, found.first_at), max(last, found.last_at)

    monkeypatch.setattr(backtest, "Tally", Noted)
    found = back_test(live.state, live.data, live.rules, 0, 1 << 60)
    columns = alerts.c
    with live.state.read() as connection:
        rows = connection.execute(select(columns.rule_id, columns.id, columns.first_at, columns.last_at)).all()
    assert seen == {(row.rule_id, row.id): (row.first_at, row.last_at) for row in rows}
    assert {name: one.events for name, one in found.rules.items() if one.alerts} == {
        name: sum(events for events, _ in own.values()) for name, own in raised(live.state).items()
    }
    assert found.events == sum(one.rows for one in event_segments(live.state)) > 600


def test_ours_and_every_kind_of_rule_hit_something_there(live: Live) -> None:
    """Or the comparison says nothing."""
    both = [*live.rules.rules, *live.rules.correlations]
    hit = {one.name or Path(one.file).stem for one in both if one.id in raised(live.state)}
    assert hit >= {*OFTEN, *TOGETHER}
    assert len(hit) > len(OFTEN) + len(TOGETHER)  # of our own detectors, too
