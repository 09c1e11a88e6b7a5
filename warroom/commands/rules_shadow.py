"""`./run rules shadow`: what a rule did while it ran live and raised nothing."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from warroom.commands.output import print_json, print_table
from warroom.commands.rules_stages import acting, find_rule
from warroom.commands.rules_told import AT, per_day, thai, utc

_Rule = Annotated[str, typer.Argument(metavar="RULE", help="The rule's id, or the name of its file.")]
_AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
_LISTED: Final = 20
_ABOUT: Final = 4


def shadow(rule: _Rule, *, as_json: _AsJson = False) -> None:
    """Tell what a rule would have raised since it is in shadow, the newest first."""
    from warroom.access.guard import check
    from warroom.access.roles import Permission
    from warroom.bench.shadow_figures import shadow_figures
    from warroom.privacy import mask
    from warroom.store.database import now_us
    from warroom.store.rules import hits

    with acting() as (state, actor):
        check(actor, Permission.READ_INCIDENTS)
        rule_id, _ = find_rule(state, rule)
        with state.read() as connection:
            figures = shadow_figures(connection, rule_id, now_us())
            kept = hits.sample(connection, rule_id)
    seen = [one for one in kept if actor.platforms is None or one.platform_id in actor.platforms]
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
    rows = [
        (thai(one.at), one.platform_id, ", ".join(mask(entity.value) for entity in one.entities[:_ABOUT]), one.count)
        for one in seen[:_LISTED]
    ]
    print_table([AT, "platform", "about", "events"], rows, empty="It would have raised nothing so far.")
    since = figures["since"]
    begun = f" since {thai(since)} (Bangkok)" if isinstance(since, int) and since else ""
    typer.echo(f"{figures['events']} events{begun}, alerts: {per_day(figures)}")
