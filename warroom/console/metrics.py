"""`/metrics`: the war room in numbers for Prometheus, for who has an API token with the scope `read_metrics`.

The number of series is bounded: feeds beyond the first ``MOST_FEEDS`` count together as ``other``, and nothing that
an attacker writes is a label.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from warroom.access import Actor, Permission, needs
from warroom.access.api_tokens import actor_of_token
from warroom.console import intel_metrics
from warroom.errors import ForbiddenError, StoreError
from warroom.store import left_out, pulse
from warroom.store.pulse import LIMITS, Pulse
from warroom.store.views.figures import COUNTED, Figures, Totals
from warroom.store.views.intel_figures import IntelFigures, intel_figures
from warroom.version import version

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

    from warroom.store.database import State

PATH: Final = "/metrics"
#: Feeds with series of their own.
MOST_FEEDS: Final = 500
_OTHER: Final = "other"
_SECOND: Final = 1_000_000
#: A worker that has not shown itself for so long is dead, whatever it told last.
_DEAD_SECONDS: Final = 60
_BEARER: Final = "bearer "


def route(state: State, data_dir: Path) -> Route:
    """Give the route; it looks for the token itself, so the gate lets it through."""
    totals = Totals(state)

    def answer(request: Request) -> Response:
        scheme, token = request.headers.get("authorization", "")[: len(_BEARER)], ""
        if scheme.lower() == _BEARER:
            token = request.headers["authorization"][len(_BEARER) :].strip()
        try:
            actor = actor_of_token(state, token, datetime.now(UTC))
            if actor is None:
                return PlainTextResponse("401 an API token, please\n", 401, {"www-authenticate": "Bearer"})
            return Response(exposition(state, actor, totals, data_dir), media_type=CONTENT_TYPE_LATEST)
        except ForbiddenError as refusal:
            return PlainTextResponse(f"403 {refusal}\n", 403)
        except StoreError:
            return PlainTextResponse("503 unavailable\n", 503)

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(answer, request)

    return Route(PATH, endpoint, methods=["GET"])


@needs(Permission.READ_METRICS)
def exposition(state: State, actor: Actor, totals: Totals, data_dir: Path) -> bytes:  # noqa: ARG001  the guard looks
    """Give the figures of now in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Families(totals.look(), pulse.read(state), left_out.total(state), data_dir))
    registry.register(_Intelligence(intel_figures(state)))
    return generate_latest(registry)


class _Families(Collector):
    """The figures of one moment as Prometheus' families."""

    def __init__(self, figures: Figures, worker: Pulse | None, missed: left_out.LeftOut, data_dir: Path) -> None:
        self._figures, self._worker, self._missed, self._data_dir = figures, worker, missed, data_dir

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        yield _gauge("warroom_info", "Version of the console.", {(version(),): 1}, "version")
        yield from self._lines()
        yield from self._feeds()
        yield from self._incidents()
        yield from self._store()
        yield from self._ages()
        if self._worker is not None:
            seen_at = self._figures.worker_seen_at
            lives = seen_at is not None and self._since(seen_at) < _DEAD_SECONDS
            yield from _of_worker(self._worker, lives=lives)

    def _lines(self) -> Iterator[Metric]:
        shown = {feed.feed_id for feed in self._figures.feeds[:MOST_FEEDS]}
        meanings = {
            "received": "Lines received.",
            "stored": "Lines stored as events.",
            "rejected": "Lines rejected; they are kept.",
            "evaluated": "Events that every rule was asked about.",
        }
        for name in COUNTED:
            counts: dict[tuple[str, ...], int] = {(feed,): 0 for feed in shown}
            for (feed, counted), count in self._figures.lines.items():
                if counted == name:
                    own = (feed if feed in shown else _OTHER,)
                    counts[own] = counts.get(own, 0) + count
            yield _counter(f"warroom_lines_{name}", meanings[name], counts, "feed")

    def _feeds(self) -> Iterator[Metric]:
        shown = self._figures.feeds[:MOST_FEEDS]
        lag = {(feed.feed_id, feed.platform_id): feed.lag_bytes for feed in shown}
        yield _gauge("warroom_feed_lag_bytes", "Bytes that are there and not read yet.", lag, "feed", "platform")
        failing = {(feed.feed_id,): int(feed.failing) for feed in shown}
        yield _gauge("warroom_feed_failing", "1 where the last pass over the feed failed.", failing, "feed")
        for name, meaning, times in (
            ("event", "Seconds since the feed's last line.", {feed.feed_id: feed.received_at for feed in shown}),
            ("poll", "Seconds since the feed was last looked at.", {feed.feed_id: feed.read_at for feed in shown}),
        ):
            since = {(feed,): self._since(at) for feed, at in times.items() if at is not None}
            yield _gauge(f"warroom_feed_last_{name}_seconds", meaning, since, "feed")

    def _incidents(self) -> Iterator[Metric]:
        alerts = {(severity,): count for severity, count in self._figures.alerts.items()}
        yield _counter("warroom_alerts", "Alerts raised.", alerts, "severity")
        yield _gauge(
            "warroom_incidents", "Incidents by state and severity.", self._figures.incidents, "status", "severity"
        )
        yield _counter(
            "warroom_correlation_late", "Events that came too late for correlations.", {(): self._missed.late}
        )
        dropped = sum(self._missed.dropped.values())
        yield _counter("warroom_correlation_dropped", "Events for which correlations had no room.", {(): dropped})

    def _store(self) -> Iterator[Metric]:
        disk = shutil.disk_usage(self._data_dir)
        yield _gauge("warroom_disk_free_bytes", "Room left on the volume of the state folder.", {(): disk.free})
        yield _gauge("warroom_disk_size_bytes", "Size of the volume of the state folder.", {(): disk.total})
        sizes = {(kind,): size for kind, size in self._figures.segment_bytes.items()}
        yield _gauge("warroom_segment_bytes", "Bytes of stored segments.", sizes, "kind")
        faults = {(): self._figures.content_faults}
        yield _gauge("warroom_content_faults", "Faults in rule, feed and playbook files.", faults)

    def _ages(self) -> Iterator[Metric]:
        for name, meaning, at in (
            ("warroom_worker_lease_age", "Seconds since the worker last showed that it lives.", "worker_seen_at"),
            ("warroom_backup_age", "Seconds since the last backup was made.", "backup_at"),
        ):
            told = getattr(self._figures, at)
            yield _gauge(f"{name}_seconds", meaning, {} if told is None else {(): self._since(told)})

    def _since(self, at: int) -> float:
        return max(0.0, (self._figures.at - at) / _SECOND)


class _Intelligence(Collector):
    """The figures of threat intelligence, likewise."""

    def __init__(self, figures: IntelFigures) -> None:
        self._figures = figures

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        yield from intel_metrics.families(self._figures)


def _of_worker(worker: Pulse, *, lives: bool) -> Iterator[Metric]:
    yield _gauge("warroom_worker_info", "Version of the worker.", {(worker.version,): 1}, "version")
    yield _gauge("warroom_worker_start_time_seconds", "When the worker began.", {(): worker.started_at / _SECOND})
    yield _gauge("warroom_worker_told_time_seconds", "When the worker told this.", {(): worker.at / _SECOND})
    yield _gauge(
        "warroom_worker_well", "1 where the worker lives and is well.", {(): int(lives and worker.unwell is None)}
    )
    yield _counter("warroom_worker_cpu_seconds", "Processor time of the worker.", {(): worker.cpu_seconds})
    commits = HistogramMetricFamily("warroom_commit_seconds", "How long commits took.")
    limits = [*map(str, LIMITS), "+Inf"]
    commits.add_metric([], list(zip(limits, accumulate(worker.commits.counts), strict=True)), worker.commits.seconds)
    yield commits
    if worker.clock_offset is not None:
        meaning = "Seconds by which our clock has to be put forward, by the time server."
        yield _gauge("warroom_clock_offset_seconds", meaning, {(): worker.clock_offset})
    if worker.heartbeat_at is not None:
        meaning = "When the last heartbeat was taken outside."
        yield _gauge("warroom_heartbeat_time_seconds", meaning, {(): worker.heartbeat_at / _SECOND})


def _gauge(name: str, meaning: str, values: Mapping[Any, float], *labels: str) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for own, value in values.items():
        family.add_metric(own, value)
    return family


def _counter(name: str, meaning: str, values: Mapping[Any, float], *labels: str) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=labels)
    for own, value in values.items():
        family.add_metric(own, value)
    return family
