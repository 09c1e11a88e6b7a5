"""How a drill's score is told: as a table, or as data."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from warroom.commands.output import print_json, print_table
from warroom.drill.score import summary

if TYPE_CHECKING:
    from warroom.drill.score import Incident, Row, Score


def tell_score(score: Score, *, as_json: bool, **more: object) -> None:
    """Print a score; ``more`` goes into its data."""
    if as_json:
        print_json(score_data(score) | more)
    else:
        _show(score)


def score_data(score: Score) -> dict[str, object]:
    """Give a score as data for JSON."""
    figures = summary(score)
    return {
        "passed": score.passed,
        "summary": {
            "attacks": figures.attacks,
            "found": figures.found,
            "split": figures.split,
            "missed": figures.missed,
            "found_share": figures.found_share,
            "incidents_per_attack": figures.incidents_per_attack,
            "false_incidents": figures.false_incidents,
            "merged": figures.merged,
            "median_seconds_to_detect": figures.median_seconds_to_detect,
        },
        "attacks": [
            {
                "attack": row.truth.attack,
                "kind": row.truth.kind,
                "platform": row.truth.platform_id,
                "first_at": _utc(row.truth.first_at),
                "last_at": _utc(row.truth.last_at),
                "lines": row.truth.lines,
                "logs": row.truth.logs,
                "finished": row.truth.finished,
                "verdict": row.verdict,
                "incidents": [found.id for found in row.incidents],
                "titles": [found.title for found in row.incidents],
                "seconds_to_detect": row.seconds_to_detect,
            }
            for row in score.rows
        ],
        "false_incidents": [_incident(found) for found in score.false_incidents],
        "merged": [_incident(found) for found in score.merged],
    }


def _incident(found: Incident) -> dict[str, object]:
    return {
        "id": found.id,
        "title": found.title,
        "platform": found.platform_id,
        "entities": sorted([entity.kind, entity.value] for entity in found.entities),
    }


def _show(score: Score) -> None:
    print_table(
        ["attack", "platform", "lines", "verdict", "incidents", "detected after"],
        [
            [
                row.truth.attack,
                row.truth.platform_id,
                row.truth.lines,
                row.verdict,
                ", ".join(f"#{found.id}" for found in row.incidents),
                _after(row),
            ]
            for row in score.rows
        ],
        empty="No attack has begun yet.",
    )
    if score.false_incidents:
        sys.stdout.write("\n")
    print_table(
        ["incident of no attack", "platform", "title"],
        [[f"#{found.id}", found.platform_id, found.title] for found in score.false_incidents],
        empty="No incident without an attack.",
    )
    if score.merged:
        sys.stdout.write("\n")
        print_table(
            ["incident of several attacks", "platform", "title"],
            [[f"#{found.id}", found.platform_id, found.title] for found in score.merged],
            empty="",
        )
    figures = summary(score)
    if figures.attacks:
        many = figures.incidents_per_attack
        sys.stdout.write(
            f"\n{figures.found + figures.split} of {figures.attacks} attacks found"
            + (f", {many:.2f} incidents an attack" if many is not None else "")
            + f", {figures.missed} missed, {figures.false_incidents} incidents of no attack"
            + (f", {figures.merged} of several\n" if figures.merged else "\n")
        )


def _after(row: Row) -> str:
    if row.seconds_to_detect is None:
        return ""
    return str(timedelta(seconds=round(row.seconds_to_detect)))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
