"""`./run platforms`: the 38 platforms: feeds by log source, probe, detectors, drill, personal data."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warroom.commands.output import print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warroom.catalog import Feed
    from warroom.detect import RuleSet
    from warroom.drill.found import Record
    from warroom.settings import Settings
    from warroom.store.usual import Usual
    from warroom.store.views import FeedRow

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def platforms(as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Show for every platform which of its kinds of log have a feed, and what looks at them."""
    from warroom.catalog import load_feeds, load_platforms
    from warroom.detect import RuleFiles
    from warroom.onboarding import onboarding
    from warroom.settings import Settings
    from warroom.store.database import now_us

    settings = Settings()
    known = load_platforms()
    feeds, _ = load_feeds(settings.feeds, settings.data_dir)
    rules = RuleFiles([settings.detectors], settings.cache_dir).load()
    drills, (record, drilled) = _drills(), _drilled(rules)
    rows = []
    for one in onboarding(known, feeds, *_seen(settings), now_us()):
        own = [feed for feed in feeds if feed.platform_id == one.platform_id and not feed.drill]
        rows.append(
            {
                "id": one.platform_id,
                "log_sources": {cell.log_source: cell.feeds[0] if cell.feeds else None for cell in one.cells},
                "probe": one.probe,
                "detectors": _detectors(rules, own),
                "drill": drills.get(one.platform_id),
                "drill_result": drilled.get(one.platform_id),
                "personal_data": known[one.platform_id].personal_data,
                "state": one.connection.value,
            }
        )
    if as_json:
        print_json(rows)
        return
    headings = ["platform", "feeds", "kinds of log without one", "probe", "detectors", "drill", "fired in it", "state"]
    print_table(
        headings, [_line(row) for row in rows], empty="There are no platforms in data/reference/platforms.yaml."
    )
    if record is not None:
        sys.stdout.write(
            f"\nfired in it: rules that found the platform's attacks in {record.scenario}, seed {record.seed}, "
            f"played at {record.played_at} (./run drill record)\n"
        )


def _line(row: dict[str, Any]) -> list[object]:
    sources = row["log_sources"]
    missing = [kind for kind, feed in sources.items() if feed is None]
    told = f"{len(sources) - len(missing)} of {len(sources)}"
    probe, drill = row["probe"] or "-", row["drill"] or "-"
    fired = len(row["drill_result"]["rules"]) if row["drill_result"] else 0
    return [row["id"], told, " ".join(missing) or "-", probe, row["detectors"], drill, fired, row["state"]]


def _seen(settings: Settings) -> tuple[dict[str, FeedRow], dict[str, Usual]]:
    """What the worker saw of the feeds, and what is usual for them; nothing where none ever ran."""
    from warroom.store.database import State, now_us
    from warroom.store.usual import usual
    from warroom.store.views import feeds as feed_rows

    if settings.db is None and not (settings.data_dir / "state.db").exists():
        return {}, {}
    with State(settings.db_url) as state:
        now = now_us()
        return {row.feed_id: row for row in feed_rows(state, now)}, usual(state, now)


def _drills() -> dict[str, str]:
    """Platform → the first scenario that plays on it."""
    from warroom.drill.scenario import load_scenario, names

    found: dict[str, str] = {}
    for name in names():
        for log in load_scenario(name).logs:
            found.setdefault(log.platform, name)
    return found


def _drilled(rules: RuleSet) -> tuple[Record | None, dict[str, dict[str, Any]]]:
    """Give the record of the drill of all platforms, and by platform what of it still holds."""
    from warroom.bench.drilled import rule_files
    from warroom.drill.found import load_record, standing
    from warroom.drill.scenario import load_scenario

    record = load_record()
    if record is None:
        return None, {}
    files = rule_files(rules, {rule for attack in record.attacks.values() for rule in attack.rules})
    told = {"scenario": record.scenario, "seed": record.seed, "played_at": record.played_at}
    return record, {
        platform: told | {"attacks": one.attacks, "found": one.found, "rules": sorted(one.rules)}
        for platform, one in standing(record, load_scenario(record.scenario), files).items()
    }


def _detectors(rules: RuleSet, feeds: Iterable[Feed]) -> int:
    """How many rules look at the log sources of some feeds."""
    from warroom.detect import LogSource
    from warroom.detect.meeting import rules_meeting

    sources = {LogSource(feed.log_product, feed.log_category, feed.log_service) for feed in feeds}
    return len({rule.id for source in sources for rule in rules_meeting(rules, source)})
