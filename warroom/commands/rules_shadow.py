"""`./run rules shadow`: what a rule did while it ran live and raised nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from warroom.commands.output import print_json, print_table
from warroom.commands.rules_stages import acting, find_rule
from warroom.commands.rules_told import AT, counted, per_day, thai, utc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.store.canonical import Json
    from warroom.store.rules.hits import ShadowAlert

_Rule = Annotated[str, typer.Argument(metavar="RULE", help="The rule's id, or the name of its file.")]
_AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
_LISTED: Final = 20
_ABOUT: Final = 4


def shadow(rule: _Rule, *, as_json: _AsJson = False) -> None:
    """Tell what a rule would have raised in its last time in shadow, the newest first."""
    from warroom.access.guard import check
    from warroom.access.roles import Permission
    from warroom.bench.shadow_figures import shadow_figures
    from warroom.privacy import mask
    from warroom.store.database import now_us
    from warroom.store.rules import hits

    with acting() as (state, actor):
        check(actor, Permission.READ_INCIDENTS)
        rule_id, _ = find_rule(state, rule)
        now = now_us()
        with state.read() as connection:
            figures = shadow_figures(connection, rule_id, now)
            kept = hits.sample(connection, rule_id)
    seen = [
        one
        for one in kept
        if figures is not None
        and _within(one, figures)
        and (actor.platforms is None or one.platform_id in actor.platforms)
    ]
    found = [
        {
            "at": utc(one.at),
            "platform": one.platform_id,
            "about": [mask(entity.value) for entity in one.entities],
            "events": one.count,
        }
        for one in seen
    ]
    if as_json:
        print_json({"rule": rule_id, "figures": figures, "alerts": found})
        return
    if figures is None:
        typer.echo("It was never in shadow: there are no figures of it.")
        return
    rows = [
        (thai(one.at), one.platform_id, ", ".join(mask(entity.value) for entity in one.entities[:_ABOUT]), one.count)
        for one in seen[:_LISTED]
    ]
    ended = isinstance(until := figures["until"], int) and until < now
    nothing = "It would have raised nothing in that time." if ended else "It would have raised nothing so far."
    print_table([AT, "platform", "about", "events"], rows, empty=nothing)
    since = figures["since"]
    begun = f" since {thai(since)}" if isinstance(since, int) and since else ""
    end = f" until {thai(until)}, when it left shadow" if ended and isinstance(until, int) else ""
    zone = " (Bangkok)" if begun or end else ""
    typer.echo(f"{counted(figures['events'], 'event')}{begun}{end}{zone}, alerts: {per_day(figures)}")


def _within(one: ShadowAlert, figures: Mapping[str, Json]) -> bool:
    """Say whether an alert is of the hours that figures count."""
    from warroom.bench.rates import HOUR_US

    since, until = figures["since"], figures["until"]
    return (
        isinstance(since, int) and isinstance(until, int) and since // HOUR_US <= one.at // HOUR_US <= until // HOUR_US
    )
