"""`./run rules stage|back|approve|refuse|withdraw|history|noise|patch`: the life of a rule, and its figures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from warroom.commands.output import print_json, print_table
from warroom.commands.rules_told import AT, counted, per_day, thai, thai_of, utc
from warroom.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.bench.drafts import Draft
    from warroom.store.canonical import Json
    from warroom.store.database import State
    from warroom.store.rules.loaded import Loaded
    from warroom.store.rules.stages import Change
    from warroom.store.views.rules import RuleRow

_Rule = Annotated[str, typer.Argument(metavar="RULE", help="The rule's id, or the name of its file.")]
_Reason = Annotated[str, typer.Option("--reason", help="Why; it stays in the rule's history and in the audit.")]
_Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The proposal's number.")]
_AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
_LISTED: Final = 40
_COMMIT: Final = 12


def stage(
    rule: _Rule,
    to: Annotated[str, typer.Argument(metavar="STAGE", help="draft, shadow, production or retired.")],
    reason: _Reason,
    backtest: Annotated[
        str, typer.Option("--backtest", help="To production: also try it on the events since then, such as 30d ago.")
    ] = "",
) -> None:
    """Move a rule to another stage; to production it is proposed, and another person approves."""
    from warroom.bench import stages
    from warroom.catalog.stages import Stage

    if to not in list(Stage):
        raise UsageError(f"{to}: a stage is one of {', '.join(Stage)}")
    with acting() as (state, actor):
        rule_id, draft = find_rule(state, rule)
        if to != Stage.PRODUCTION:
            stages.move(state, actor, rule_id, Stage(to), reason, draft=draft)
            typer.echo(f"{rule_id} is in stage {to}; the worker follows within seconds")
            return
        figures = _tried(rule_id, draft, backtest) if backtest else None
        number = stages.propose(state, actor, rule_id, reason, draft=draft, backtest=figures)
    typer.echo(
        f"proposal {number} waits for a second person, who approves it in the console, on the rule's page "
        f"(here: `./run rules approve {number}`, as another account)"
    )


def back(rule: _Rule, reason: _Reason) -> None:
    """Put a rule back to where it was before its last move."""
    from warroom.bench import stages

    with acting() as (state, actor):
        rule_id, _ = find_rule(state, rule)
        typer.echo(f"{rule_id} is in stage {stages.roll_back(state, actor, rule_id, reason)} again")


def approve(
    number: _Number, remark: Annotated[str, typer.Option("--remark", help="What is to stay in its history.")] = ""
) -> None:
    """Let a rule raise alerts that somebody else proposed."""
    from warroom.bench import stages

    with acting() as (state, actor):
        stages.approve(state, actor, number, remark)
    typer.echo(f"proposal {number} is approved; the worker follows within seconds")


def refuse(number: _Number, reason: _Reason) -> None:
    """Refuse a proposal of somebody else."""
    from warroom.bench import stages

    with acting() as (state, actor):
        stages.refuse(state, actor, number, reason)


def withdraw(number: _Number, reason: _Reason) -> None:
    """Take back a proposal of one's own."""
    from warroom.bench import stages

    with acting() as (state, actor):
        stages.withdraw(state, actor, number, reason)


def history(rule: _Rule, *, as_json: _AsJson = False) -> None:
    """Tell who moved a rule and when, and which commits changed its file."""
    from warroom.bench import stages
    from warroom.bench.rule_history import file_history
    from warroom.settings import Settings

    with acting() as (state, actor):
        rule_id, draft = find_rule(state, rule)
        changes = stages.history(state, actor, rule_id)
        known = _loaded(state).get(rule_id)
    file = draft.path if draft else Settings().detectors.resolve() / known.file if known else None
    commits = file_history(file) if file else []
    if as_json:
        print_json({"rule": rule_id, "changes": [_told(one) for one in changes], "commits": commits})
        return
    rows = [
        (one.id, thai(one.at), one.actor, f"{one.from_stage} → {one.to_stage}", one.state, _decided(one), one.reason)
        for one in changes
    ]
    headings = ["number", AT, "by", "move", "state", "decided", "reason"]
    print_table(headings, rows, empty="Nobody moved it: it is where its status puts it.")
    if commits:
        lines = [(one.commit[:_COMMIT], thai_of(one.at), one.author, one.subject) for one in commits]
        print_table(["commit", AT, "author", "subject"], lines, empty="")


def waiting(*, as_json: _AsJson = False) -> None:
    """List what waits for a second person."""
    from warroom.bench import stages

    with acting() as (state, actor):
        found = stages.waiting(state, actor)
    if as_json:
        print_json([_told(one) for one in found])
        return
    rows = [
        (
            *(one.id, thai(one.at), one.actor, one.rule_title),
            *(per_day(one.figures.get(name)) for name in ("shadow", "backtest")),
            one.reason,
        )
        for one in found
    ]
    headings = ["number", AT, "by", "rule", "in shadow", "in the back-test", "reason"]
    print_table(headings, rows, empty="Nothing waits for a second person.")


def noise(*, as_json: _AsJson = False) -> None:
    """List rules by how many alerts they raise for each true incident, and those that are silent."""
    from warroom.access.guard import check
    from warroom.access.roles import Permission
    from warroom.store.views.rules import rule_rows

    with acting() as (state, actor):
        check(actor, Permission.READ_INCIDENTS)
        scope = None if actor.platforms is None else tuple(sorted(actor.platforms))
        found = rule_rows(state, scope=scope)
    if as_json:
        print_json([_figures(one) for one in found])
        return
    ranked = sorted((one for one in found if one.noise_rank is not None), key=lambda one: one.noise_rank or 0)
    headings = ["rank", "rule", "stage", "24 h", "7 d", "30 d", "true", "false", "alerts a true one", "noise"]
    rows = [
        (
            one.noise_rank,
            one.rule.title,
            one.stage,
            *(one.raised.day, one.raised.week, one.raised.month),
            *(one.true, one.false, round(one.noise, 1)),
            "yes" if one.noisy else "",
        )
        for one in ranked[:_LISTED]
    ]
    print_table(headings, rows, empty="No rule raised an alert in 30 days.")
    if silent := [one for one in found if one.silent]:
        typer.echo(f"{counted(len(silent), 'rule')} hit nothing for two weeks, though feeds bring events:")
        for one in silent[:_LISTED]:
            typer.echo(f"  {one.rule.title} ({one.rule.file})")


def patch(
    rules: Annotated[list[str] | None, typer.Argument(metavar="[RULE]…", help="Only these drafts.")] = None,
) -> None:
    """Print the diff that brings drafts into the detectors: review it, then apply it with `git apply`."""
    from warroom.bench.drafts import drafts_folder
    from warroom.bench.id_taken import saved_in
    from warroom.bench.patching import patch as patch_of
    from warroom.settings import Settings

    settings = Settings()
    with acting() as (state, _):
        chosen = {find_rule(state, one)[0] for one in rules or ()}
        staged = saved_in(state, settings.data_dir).staged()
    text = patch_of(drafts_folder(settings.data_dir), settings.detectors, chosen, staged)
    typer.echo(text or "no draft differs from the detectors", nl=not text, err=not text)


def _tried(rule_id: str, draft: Draft | None, since: str) -> dict[str, Json] | None:
    """Back-test the rule that is proposed, as the file that is to run. Raises UsageError."""
    from datetime import UTC, datetime

    from warroom.bench.backtest_choice import chosen
    from warroom.bench.trial_figures import trial_figures
    from warroom.commands.rules_backtest import moment, tried
    from warroom.commands.rules_choice import loaded_with
    from warroom.settings import Settings

    settings, now = Settings(), datetime.now(UTC)
    begin = moment(since, now)
    loaded = loaded_with([str(draft.path)] if draft else [], settings.detectors, settings.cache_dir)
    return trial_figures(tried(chosen(loaded, {rule_id}), begin, now), rule_id)


@contextmanager
def acting() -> Iterator[tuple[State, Actor]]:
    """Give the store, and who acts: the account of the operating-system user."""
    from warroom.access.command_line import command_line_actor, os_user
    from warroom.settings import Settings
    from warroom.store.database import State

    with State(Settings().db_url) as state:
        yield state, command_line_actor(state, os_user())


def _loaded(state: State) -> dict[str, Loaded]:
    from warroom.store.rules import loaded

    with state.read() as connection:
        return {one.rule_id: one for one in loaded.read(connection)}


def find_rule(state: State, said: str) -> tuple[str, Draft | None]:
    """Give the id of a rule, by its id or the name of its file, and its draft where it has one.

    Raises:
        NotFoundError: there is none.
        UsageError: the file of this name is a draft with an id of another file.
    """
    from pathlib import PurePath

    from warroom.bench.drafts import drafts_folder, read_drafts
    from warroom.bench.id_taken import is_detectors, refuse_taken_file, saved_in
    from warroom.settings import Settings

    settings = Settings()
    folder, saved = drafts_folder(settings.data_dir), saved_in(state, settings.data_dir)
    drafts, _ = read_drafts(folder, saved.staged())
    known = _loaded(state)
    stem = PurePath(said).name.removesuffix(".yml")
    is_name = said not in known and said not in drafts
    for file in (path for path in folder.glob("*.yml") if is_name and path.stem == stem):
        refuse_taken_file(file, settings.detectors, saved)
    names = {PurePath(one.file).stem: rule_id for rule_id, one in known.items()}
    names |= {draft.path.stem: rule_id for rule_id, draft in drafts.items()}
    rule_id = said if said in known or said in drafts else names.get(stem)
    if rule_id is None:
        raise NotFoundError(
            f"{said}: no such rule. Give its id (`./run rules list --json`); a new file is known when the worker has it"
        )
    return rule_id, None if is_detectors(rule_id, settings.detectors) else drafts.get(rule_id)


def _figures(one: RuleRow) -> dict[str, Any]:
    return {
        "id": one.rule_id,
        "title": one.rule.title,
        "file": one.rule.file,
        "stage": one.stage,
        "raised": one.raised,
        "shadow": one.shadow,
        "last_at": utc(one.last_at) if one.last_at else None,
        "true": one.true,
        "false": one.false,
        "precision": one.precision,
        "opened": one.opened,
        "alerts_for_a_true_one": one.noise,
        "noise_rank": one.noise_rank,
        "noisy": one.noisy,
        "silent": one.silent,
    }


def _told(one: Change) -> dict[str, Any]:
    from dataclasses import asdict

    decided = None if one.decided_at is None else utc(one.decided_at)
    return asdict(one) | {"at": utc(one.at), "decided_at": decided}


def _decided(one: Change) -> str:
    if one.decided_by is None:
        return ""
    return one.decided_by if one.decided_by != one.actor else ""


def register(app: typer.Typer) -> None:
    """Add these commands to `./run rules`."""
    for command in (stage, back, approve, refuse, withdraw, waiting, history, noise, patch):
        app.command(name=command.__name__)(command)
