"""What the rules ask that a feed does not carry: for `./run rules check --feed`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import typer

from warroom.bench.feed_samples import sample_events, sample_path
from warroom.catalog import load_feeds
from warroom.detect.unanswered import gaps
from warroom.errors import NotFoundError, UsageError
from warroom.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.catalog import Feed
    from warroom.detect import RuleSet

#: What an access log's format has, whether or not a sample of it does.
_ACCESS_LOG: Final = (
    "source_ip", "user_name", "http_request_method", "url_original", "url_path", "url_query", "http_version",
    "http_response_status_code", "http_response_body_bytes", "http_request_referrer", "user_agent_original",
)  # fmt: skip
_CERTAIN: Final = {"nginx": _ACCESS_LOG, "apache": _ACCESS_LOG}


def feed_gaps(feed_id: str, ruleset: RuleSet) -> dict[str, Any]:
    """Compare the rules with the events of a feed's sample.

    Returns:
        ``feed``, ``sample_events``, ``rules`` that meet its log source, ``fields`` (name → how many rules ask it in
        vain), and ``never_match`` and ``partly_blind``: lists of {``id``, ``title``, ``file``, ``fields``}.

    Raises:
        NotFoundError: there is no such feed.
        UsageError: it has no sample with events.
    """
    settings = Settings()
    feeds, _ = load_feeds(settings.feeds, settings.data_dir)
    feed = next((feed for feed in feeds if feed.id == feed_id), None)
    if feed is None:
        raise NotFoundError(f"there is no sound feed {feed_id}: `./run feeds list` names them")
    events = _sample(feed, settings.line_limit)
    met, found = gaps(ruleset, events, (*_CERTAIN.get(feed.format, ()), *feed.mapping))
    rows = [
        (gap, {"id": gap.rule.id, "title": gap.rule.title, "file": gap.rule.file, "fields": list(gap.fields)})
        for gap in found
    ]
    return {
        "feed": feed_id,
        "sample_events": events.num_rows,
        "rules": met,
        "fields": dict(Counter(field for gap in found for field in gap.fields).most_common()),
        "never_match": [row for gap, row in rows if not gap.can_match],
        "partly_blind": [row for gap, row in rows if gap.can_match],
    }


def tell_gaps(found: dict[str, Any]) -> None:
    """Write what ``feed_gaps`` found for people."""
    never, partly = found["never_match"], found["partly_blind"]
    typer.echo(
        f"feed {found['feed']}: {found['rules']} rules meet its log source; by a sample of {found['sample_events']} "
        f"events {len(never)} of them can never match and {len(partly)} miss a field"
    )
    for name, count in found["fields"].items():
        typer.echo(f"  {name}: asked by {count} {'rule' if count == 1 else 'rules'}, never there")
    for row in never:
        typer.echo(f"  never matches: {row['title']} ({row['file']}): {', '.join(row['fields'])}")
    for row in partly:
        typer.echo(f"  misses a field: {row['title']} ({row['file']}): {', '.join(row['fields'])}")


def _sample(feed: Feed, line_limit: int) -> pa.RecordBatch:
    path = sample_path(feed)
    if not path.is_file():
        raise UsageError(f"{path}: no sample: put real lines of every kind there, the comparison is made with them")
    events = sample_events(feed, line_limit)
    if events is None:
        raise UsageError(f"{path}: no line of it is an event: `./run feeds test {feed.id}` tells why")
    return events
