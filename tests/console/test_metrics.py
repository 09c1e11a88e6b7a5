"""`/metrics` tells who has the token for it how the war room is, in a bounded number of series."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
from access.people import ADMIN, make
from console.seeding import seed
from making import an_alert, events
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert, update
from starlette.applications import Starlette
from starlette.middleware import Middleware

from warroom.access import Permission, Role
from warroom.access.api_tokens import create_token, revoke_token
from warroom.console import metrics
from warroom.console.gate import Gate
from warroom.model import Severity, Status
from warroom.store import feedstate, pulse
from warroom.store import incidents as store
from warroom.store.audit import AuditAction, Entry, Via, append
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State, now_us
from warroom.store.intel import feeds, polls
from warroom.store.intel.findings import Findings, Match, keep
from warroom.store.intel.tables import intel_look_backs
from warroom.store.lease import Lease
from warroom.store.pulse import Durations, Pulse
from warroom.store.tables import incidents, ledger
from warroom.store.views.figures import Totals

Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def client(state: State, data_dir: Path) -> Iterator[httpx.Client]:
    """A client of a real server: the gate around `/metrics`."""
    gate = Middleware(Gate, state=state, hosts=frozenset({"localhost"}))
    app = Starlette(routes=[metrics.route(state, data_dir)], middleware=[gate])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="websockets-sansio"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=20) as opened:
                yield opened
        finally:
            server.should_exit = True
            thread.join()


def token(state: State, *roles: Role, scope: Permission = Permission.READ_METRICS) -> str:
    name = f"robot-{'-'.join(roles)}"
    make(state, name, *roles)
    now = datetime.now(UTC)
    return create_token(state, ADMIN, name, "prometheus", scopes=[scope], lifetime=timedelta(days=1), now=now)


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def series(text: str) -> Series:
    families = text_string_to_metric_families(text)
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


def test_without_a_token_for_it_nothing_is_told(client: httpx.Client, state: State) -> None:
    for headers in ({}, bearer("x"), bearer("wrt_guess"), {"authorization": "Basic eDp5"}, {"cookie": "x=y"}):
        refused = client.get("/metrics", headers=headers)
        assert refused.status_code == 401
        assert "warroom_" not in refused.text
    other = token(state, Role.ADMINISTRATOR, scope=Permission.READ_AUDIT)
    refused = client.get("/metrics", headers=bearer(other))
    assert refused.status_code == 403
    assert "warroom_" not in refused.text
    assert client.post("/metrics").status_code in {401, 405}


def test_a_revoked_token_tells_nothing_any_more(client: httpx.Client, state: State) -> None:
    secret = token(state, Role.ADMINISTRATOR)
    assert client.get("/metrics", headers=bearer(secret)).status_code == 200
    revoke_token(state, ADMIN, 1, datetime.now(UTC))
    assert client.get("/metrics", headers=bearer(secret)).status_code == 401


def test_what_happened_is_counted(client: httpx.Client, state: State, data_dir: Path) -> None:
    lease = Lease(state, data_dir)
    lease.take()
    ids = EventIds(state)
    rejects = [("a.log", 7, "no format", b"?")]
    alerts = [an_alert(alert_id="b" * 64), an_alert(alert_id="c" * 64, severity=Severity.LOW)]
    batch = Batch("web", "s", None, "{}", 4, events(3, ids.take(3)), 3, rejects, alerts, lag_bytes=512)
    commit(state, data_dir, batch, ids, lease)
    took = Durations()
    for seconds in (0.004, 0.02, 99.0):
        took.count(seconds)
    pulse.write(state, Pulse(now_us(), now_us() - 5_000_000, "9.9", took, 1.5, clock_offset=-0.25))
    with state.write() as connection:
        append(connection, Entry("x", Via.COMMAND_LINE, AuditAction.BACKUP_MADE), at=now_us() - 3_600_000_000)
    answer = client.get("/metrics", headers=bearer(token(state, Role.DETECTION_ENGINEER)))
    assert answer.headers["content-type"].startswith("text/plain; version=")
    told = series(answer.text)
    web = (("feed", "web"),)
    for name, count in {"received": 4, "stored": 3, "rejected": 1, "evaluated": 3}.items():
        assert told[f"warroom_lines_{name}_total", web] == count
    assert told["warroom_feed_lag_bytes", (("feed", "web"), ("platform", "tang_rat"))] == 512
    assert 0 <= told["warroom_feed_last_event_seconds", web] < 60
    assert told["warroom_feed_failing", web] == 0
    assert told["warroom_alerts_total", (("severity", "high"),)] == 1
    assert told["warroom_alerts_total", (("severity", "low"),)] == 1
    assert told["warroom_disk_free_bytes", ()] > 0
    assert told["warroom_segment_bytes", (("kind", "events"),)] > 0
    assert 0 <= told["warroom_worker_lease_age_seconds", ()] < 60
    assert told["warroom_backup_age_seconds", ()] == pytest.approx(3600, abs=60)
    assert told["warroom_worker_well", ()] == 1
    assert told["warroom_worker_info", (("version", "9.9"),)] == 1
    assert told["warroom_clock_offset_seconds", ()] == -0.25
    assert told["warroom_commit_seconds_bucket", (("le", "0.005"),)] == 1
    assert told["warroom_commit_seconds_bucket", (("le", "0.025"),)] == 2
    assert told["warroom_commit_seconds_bucket", (("le", "+Inf"),)] == 3
    assert told["warroom_commit_seconds_count", ()] == 3
    assert told["warroom_commit_seconds_sum", ()] == pytest.approx(99.024)
    lease.release()
    gone = series(client.get("/metrics", headers=bearer(token(state, Role.ADMINISTRATOR))).text)
    assert gone["warroom_worker_well", ()] == 0


def test_incidents_are_counted_by_state_and_severity(client: httpx.Client, state: State, data_dir: Path) -> None:
    seed(state, data_dir)
    headers = bearer(token(state, Role.ADMINISTRATOR))
    told = series(client.get("/metrics", headers=headers).text)
    counted = {labels: count for (name, labels), count in told.items() if name == "warroom_incidents"}
    with state.read() as connection:
        ids = [one.id for one in store.find(connection)]
    assert len(ids) > 1
    assert sum(counted.values()) == len(ids)
    # what went into another one is counted there, and nowhere as a closed one
    with state.write() as connection:
        gone = update(incidents).where(incidents.c.id == ids[0])
        connection.execute(gone.values(status=Status.CLOSED, merged_into=ids[1]))
    told = series(client.get("/metrics", headers=headers).text)
    assert sum(count for (name, _), count in told.items() if name == "warroom_incidents") == len(ids) - 1


def test_minutes_that_are_over_are_added_up_once_and_none_is_lost(state: State) -> None:
    minute = now_us() // 60_000_000

    def count(at: int, lines: int) -> None:
        with state.write() as connection:
            values = dict.fromkeys(("received", "stored", "evaluated"), lines)
            connection.execute(insert(ledger).values(feed_id="web", minute=at, rejected=0, **values))

    totals = Totals(state)
    count(minute - 5000, 7)
    count(minute - 2, 5)
    assert totals.look().lines["web", "received"] == 12
    count(minute, 3)
    count(minute - 5, 1)  # a commit that took long
    for _ in range(3):
        assert totals.look().lines["web", "received"] == 16
    with state.write() as connection:
        connection.execute(ledger.delete().where(ledger.c.minute == minute - 5000))
    assert totals.look().lines["web", "received"] == 16  # a counter does not go back


def test_the_number_of_series_is_bounded(client: httpx.Client, state: State) -> None:
    many = [
        feedstate.Registration(f"feed{number:04}", "tang_rat", "ก", "x", False, 900)
        for number in range(metrics.MOST_FEEDS + 50)
    ]
    feedstate.register(state, many)
    with state.write() as connection:
        for feed in ("feed0001", "feed0540", "switched-off"):
            values = dict.fromkeys(("received", "stored", "evaluated"), 10)
            connection.execute(insert(ledger).values(feed_id=feed, minute=1, rejected=0, **values))
    told = series(client.get("/metrics", headers=bearer(token(state, Role.ADMINISTRATOR))).text)
    received = {labels: count for (name, labels), count in told.items() if name == "warroom_lines_received_total"}
    assert len(received) == metrics.MOST_FEEDS + 1
    assert received[("feed", "other"),] == 20
    assert received[("feed", "feed0001"),] == 10


def test_a_pulse_of_another_version_is_no_fault(client: httpx.Client, state: State) -> None:
    with state.write() as connection:
        connection.exec_driver_sql("INSERT INTO meta VALUES ('worker_pulse', '{\"strange\": 1}')")
    answer = client.get("/metrics", headers=bearer(token(state, Role.ADMINISTRATOR)))
    assert answer.status_code == 200
    assert "warroom_commit_seconds" not in answer.text


def test_threat_intelligence_is_counted(client: httpx.Client, state: State) -> None:
    at = now_us()
    registered = [
        feeds.Registered(
            name,
            "รายการ",
            name,
            "http",
            "list",
            "",
            "",
            50,
            "clear",
            "high",
            None,
            "",
            False,
            1,
            60_000_000,
            name != "off",
        )
        for name in ("ipsum", "tor", "off")
    ]
    feeds.register(state, registered)
    with state.write() as connection:
        known = feeds.Holdings(9, {"ipv4": 7, "domain": 1}, {}, 1, [("x", "no address")])
        feeds.succeeded(connection, "ipsum", at - 30_000_000, "", known, changed=True)
        feeds.succeeded(connection, "tor", at - 600_000_000, "", None, changed=False)
        for _ in range(3):
            feeds.failed(connection, "tor", at, "the certificate is not believed")
            polls.note(connection, polls.Poll("tor", at, 5, "tls", "the certificate is not believed"))
        polls.note(connection, polls.Poll("ipsum", at, 5, polls.CHANGED))
        polls.note(connection, polls.Poll("ipsum", at - 2 * 86_400_000_000, 5, "time", "too slow"))
        found = [Match(name * 64, "ipv4", "198.51.100.7", "x", "source_ip", 75, "[]", name == "c") for name in "abc"]
        keep(connection, Findings(found, held_back={"Public resolvers": (4, "8.8.8.8")}), at)
        connection.execute(
            insert(intel_look_backs).values(
                made_at=at, feeds="[]", path="x", indicators=1, since=0, before_id=9, files=10, files_done=4
            )
        )
    told = series(client.get("/metrics", headers=bearer(token(state, Role.ADMINISTRATOR))).text)
    ipsum, tor = (("feed", "ipsum"),), (("feed", "tor"),)
    assert told["warroom_intel_age_seconds", ipsum] == pytest.approx(30, abs=20)
    assert (told["warroom_intel_feed_stale", ipsum], told["warroom_intel_feed_stale", tor]) == (0, 1)
    assert (told["warroom_intel_feed_failures", ipsum], told["warroom_intel_feed_failures", tor]) == (0, 3)
    assert (told["warroom_intel_feed_items", ipsum], told["warroom_intel_feed_refused_items", ipsum]) == (9, 1)
    assert told["warroom_intel_indicators", (("feed", "ipsum"), ("kind", "ipv4"))] == 7
    assert told["warroom_intel_polls_day", (("outcome", "tls"),)] == 3
    assert told["warroom_intel_polls_day", (("outcome", "changed"),)] == 1
    assert ("warroom_intel_polls_day", (("outcome", "time"),)) not in told
    assert told["warroom_intel_alerts_total", (("found", "live"),)] == 2
    assert told["warroom_intel_alerts_total", (("found", "looked_back"),)] == 1
    assert told["warroom_intel_held_back_total", ()] == 4
    assert told["warroom_intel_look_backs", ()] == 1
    assert (told["warroom_intel_look_back_files", ()], told["warroom_intel_look_back_files_done", ()]) == (10, 4)
    assert not any(dict(labels).get("feed") == "off" for _, labels in told)
