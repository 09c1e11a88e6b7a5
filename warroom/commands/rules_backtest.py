"""`./run rules backtest`: what rules would have raised on the events that are stored."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from warroom.commands.output import print_json, print_table, printable
from warroom.commands.rules_choice import every_rule, loaded_with, rules_asked
from warroom.commands.rules_told import counted, thai
from warroom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.bench.backtest import BackTest
    from warroom.bench.backtest_figures import RuleFigures
    from warroom.detect import RuleSet

_AGO: Final = re.compile(r"(\d{1,5})([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_ZONE: Final = ZoneInfo("Asia/Bangkok")
#: Events of a single rule that are shown, each so long.
_EVENTS: Final = 5
_LONGEST: Final = 300


def backtest(
    rules: Annotated[
        list[str] | None, typer.Argument(metavar="RULE…", help="Files, drafts, ids or names of rules.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every rule that is loaded.")] = False,
    since: Annotated[
        str, typer.Option("--since", help="30m, 12h, 30d, 4w ago, or a date, a time in ISO 8601.")
    ] = "30d",
    until: Annotated[str, typer.Option("--until", help="Likewise; default: now.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Tell what rules would have raised on the stored events, as live detection does; Ctrl-C ends it early."""
    from warroom.bench.backtest_choice import alerting, chosen
    from warroom.settings import Settings

    now = datetime.now(UTC)
    begin = moment(since, now)
    end = moment(until, now) if until else now
    if begin >= end:
        raise UsageError(f"--since {since} is not before --until {until or 'now'}")
    settings = Settings()
    loaded = loaded_with(rules or [], settings.detectors, settings.cache_dir)
    picked = chosen(loaded, alerting(loaded) if every else rules_asked(rules or [], loaded))
    found = tried(picked, begin, end)
    titles = {one.id: one.title for one in every_rule(picked)}
    if as_json:
        print_json(_document(found, titles))
    else:
        _show(found, titles)
    if not found.complete:
        sys.stderr.write("ended early: the figures are of what was looked at by then\n")
        raise typer.Exit(1)


def tried(picked: RuleSet, begin: datetime, end: datetime) -> BackTest:
    """Try rules on the stored events, with its progress on the terminal; Ctrl-C ends it early."""
    from warroom.bench.backtest import back_test
    from warroom.commands.progress import Progress
    from warroom.commands.stopping import asked_to_stop
    from warroom.learning import usual_of
    from warroom.settings import Settings
    from warroom.store.database import State, to_us

    settings, line = Settings(), Progress(sys.stderr, 0)
    with State(settings.db_url) as state, asked_to_stop() as stopped:
        state.migrate()

        def tell(part: float, events: int) -> None:
            line.say(f"{_bar(part)} {part:4.0%}  {counted(events, 'event')}")

        found = back_test(
            state,
            settings.data_dir,
            picked,
            to_us(begin),
            to_us(end),
            cancelled=stopped,
            progress=tell,
            usual=usual_of(settings.data_dir),
        )
    line.clear()
    return found


def moment(text: str, now: datetime) -> datetime:
    """Read ``30d`` (ago), a date or a time; one without a zone is Thai time. Raises UsageError."""
    ago = _AGO.fullmatch(text.strip())
    if ago:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        told = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"`{printable(text[:40])}` is neither 30d (ago: m, h, d, w) nor a date or time") from None
    return (told if told.tzinfo else told.replace(tzinfo=_ZONE)).astimezone(UTC)


def _show(found: BackTest, titles: dict[str, str]) -> None:
    """Show figures as a table, and of a single rule its entities and events, too."""
    from warroom.bench.rates import DAY_US, spelt

    ordered = sorted(found.rules.values(), key=lambda one: (-one.alerts, titles[one.rule_id]))
    rows = [
        [
            titles[one.rule_id],
            "—" if one.alerts_per_day is None else f"{one.alerts_per_day:,.2f}",
            f"{'> ' if one.at_least else ''}{one.alerts:,}",
            f"{one.events:,}",
            ", ".join(f"{value} ({count:,})" for _, value, count in _entities(one)[:3]),
            "" if one.last_at is None else thai(one.last_at),
        ]
        for one in ordered
    ]
    headings = ["rule", "alerts a day", "alerts", "events", "most of them by", "last (Bangkok)"]
    print_table(headings, rows, empty="No rule was asked for.")
    if len(ordered) == 1:
        _show_more(ordered[0])
    span = f" of {spelt(found.days * DAY_US)}" if found.days else ""
    typer.echo(
        f"{counted(found.events, 'event')}{span} in {counted(found.files, 'file')} ({found.files_read:,} read): "
        f"{found.wall_seconds:,.1f} s, {found.cpu_seconds:,.1f} CPU-s"
    )
    if found.late:
        typer.echo(f"note: {counted(found.late, 'event')} came too late to count in correlations, as they did live")
    for name, count in found.dropped.items():
        typer.echo(f"note: {printable(titles.get(name, name))}: {counted(count, 'event')} had no room in memory")


def _show_more(one: RuleFigures) -> None:
    if one.drill_alerts:
        typer.echo(f"besides, {counted(one.drill_alerts, 'alert')} of drills")
    if one.by_entity:
        print_table(["kind", "by", "alerts"], [[*entity[:2], f"{entity[2]:,}"] for entity in _entities(one)], empty="")
    if one.event_ids:
        typer.echo("some of its events, personal data masked:")
        for line in _lines(one.event_ids[:_EVENTS]):
            typer.echo(f"  {line}")
        typer.echo(f"all that were kept: {', '.join(map(str, one.event_ids))}")


def _lines(event_ids: Sequence[int]) -> list[str]:
    """Give the stored lines of events, each with its time."""
    from warroom.privacy import mask
    from warroom.settings import Settings
    from warroom.store.database import State
    from warroom.store.segments import read_events

    settings = Settings()
    with State(settings.db_url) as state:
        found = read_events(state, settings.data_dir, event_ids)
    lines = found.column("raw").to_pylist() if found.num_rows else []
    return [printable(mask(bytes(line).decode("utf-8", "replace"))[:_LONGEST]) for line in lines]


def _document(found: BackTest, titles: dict[str, str]) -> dict[str, Any]:
    """Give everything for machines; times as ISO 8601, personal data masked."""
    return {
        "since": _utc(found.since),
        "until": _utc(found.until),
        "days": found.days,
        "complete": found.complete,
        "events": found.events,
        "files": found.files,
        "files_read": found.files_read,
        "wall_seconds": found.wall_seconds,
        "cpu_seconds": found.cpu_seconds,
        "late": found.late,
        "dropped": dict(found.dropped),
        "rules": [
            {
                "id": one.rule_id,
                "title": titles[one.rule_id],
                "alerts": one.alerts,
                "at_least": one.at_least,
                "alerts_per_day": one.alerts_per_day,
                "drill_alerts": one.drill_alerts,
                "events": one.events,
                "by_entity": [{"kind": kind, "value": value, "alerts": count} for kind, value, count in _entities(one)],
                "event_ids": list(one.event_ids),
                "first_at": _utc(one.first_at),
                "last_at": _utc(one.last_at),
                "alert_ids_digest": one.alert_ids_digest,
            }
            for one in found.rules.values()
        ],
    }


def _entities(one: RuleFigures) -> list[tuple[str, str, int]]:
    from warroom.privacy import mask

    return [(kind, mask(value), count) for kind, value, count in one.by_entity]


def _bar(part: float, width: int = 20) -> str:
    done = int(part * width)
    return f"[{'#' * done}{'.' * (width - done)}]"


def _utc(moment_us: int | None) -> str | None:
    from warroom.store.database import from_us

    return None if moment_us is None else from_us(moment_us).isoformat().replace("+00:00", "Z")


def register(app: typer.Typer) -> None:
    """Add the command to those about rules."""
    app.command(name="backtest")(backtest)
