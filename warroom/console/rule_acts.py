"""What a person does to a detector: to shadow, propose, approve, refuse, withdraw, retire, roll back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.bench import stages
from warroom.bench.backtest_choice import chosen
from warroom.bench.catalogue import FILTER
from warroom.bench.rates import seen_us
from warroom.bench.stages import MOST_REASON
from warroom.catalog.stages import Stage
from warroom.console import doing, panels, rule_asking, rule_sights, rule_trial
from warroom.console.markup import Markup, show, tag
from warroom.console.masking import masked
from warroom.console.times import date_time
from warroom.detect import load_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warroom.access import Actor
    from warroom.bench.catalogue import Entry
    from warroom.bench.drafts import Draft
    from warroom.console.room import Room, Tick
    from warroom.console.rule_sights import Held
    from warroom.console.texts import Words
    from warroom.detect import RuleSet
    from warroom.store.rules.stages import Change

_PLACE: Final = "rule_acts"
_REASON: Final = "rule_reason"
_FILTERS: Final = "filters"
#: What stands beside each other where a second person decides.
_FIGURES: Final = ("alerts_per_day", "alerts", "events", "looked_at_for")
_NOW: Final = "shadow_now"


def show_acts(room: Room, tick: Tick, entry: Entry) -> None:
    """Show in which stage a rule is, what waits for a second person, and what this person may do."""
    words = room.words
    held = rule_sights.held(room, tick, entry)
    with panels.panel("rule_acts", words("ruleact.title"), _since(room, held)):
        doing.say(_PLACE)
        show(_stage(room, held.stage))
        if held.is_changed:
            show(tag("div", words("ruleact.changed"), cls="wr-warning"))
        if held.proposal is not None:
            show(_proposal(room, held.proposal, held.in_shadow))
        if not room.person.actor.can(Permission.MANAGE_RULES):
            show(tag("p", words("ruleact.looking_on"), cls="wr-hint"))
            return
        st.text_input(_reason_label(room, held), key=_REASON, max_chars=MOST_REASON)
        if held.proposal is not None:
            _decide(room, held.proposal)
        _moves(room, entry, held)
        rule_trial.show_trial(room, entry.id, None if held.draft is None else _loader(room, held.draft))


def _reason_label(room: Room, held: Held) -> str:
    """Name the field of the reason, with what does not need one of all that is offered here."""
    words, asked = room.words, held.proposal
    approves = asked is not None and not _is_own(room, asked)
    names = [name for name, offered in (("approve", approves), ("roll_back", held.before is not None)) if offered]
    if not names:
        return words("ruleact.reason")
    return words("ruleact.reason_but", acts="”, “".join(words(f"ruleact.{name}") for name in names))


def _is_own(room: Room, asked: Change) -> bool:
    return asked.actor.casefold() == room.person.actor.name.casefold()


def _loader(room: Room, draft: Draft) -> Callable[[], RuleSet]:
    """Give what loads a draft for a back-test, as the worker would run it: with the filters that are there."""
    filters = room.settings.detectors / _FILTERS
    return lambda: chosen(load_rules([draft.path, *([filters] if filters.is_dir() else [])]), {draft.rule_id})


def _since(room: Room, held: Held) -> str:
    words = room.words
    if held.since is None:
        return words("ruleact.by_status")
    return words("ruleact.since", at=date_time(held.since, words.language), who=held.changed_by)


def _stage(room: Room, now: Stage) -> Markup:
    """Draw the way of a rule, with where it is."""
    words = room.words
    steps = [
        tag(
            "li",
            tag("b", words(f"stage.{one}")),
            tag("span", words(f"stagetold.{one}")),
            cls="here" if one is now else "",
        )
        for one in Stage
    ]
    return tag("ol", *steps, cls="wr-stages")


def _proposal(room: Room, asked: Change, in_shadow: Mapping[str, object] | None) -> Markup:
    words = room.words
    told = words(
        "ruleact.proposed",
        who=asked.actor,
        from_stage=words(f"stage.{asked.from_stage}"),
        to_stage=words(f"stage.{asked.to_stage}"),
        at=date_time(asked.at, words.language),
    )
    return tag(
        "div",
        tag("b", words("ruleact.proposal")),
        tag("p", told, ": ", masked(asked.reason)),
        beside(words, {**asked.figures, _NOW: in_shadow}),
        cls="wr-proposal",
    )


def beside(words: Words, figures: Mapping[str, object]) -> Markup:
    """Put what a rule did in shadow, when it was proposed and until now, and what a back-test gave side by side."""
    told = {name: found for name in ("shadow", _NOW, "backtest") if isinstance(found := figures.get(name), dict)}
    if not told:
        return tag("p", words("ruleact.no_figures"), cls="wr-hint")
    head = [tag("th", words("ruleact.figure")), *(tag("th", words(f"ruleact.{name}")) for name in told)]
    rows = [
        tag(
            "tr",
            tag("td", words(f"figure.{name}")),
            *(tag("td", _figure(words, one, name), cls="n") for one in told.values()),
        )
        for name in _FIGURES
    ]
    return tag("table", tag("thead", tag("tr", *head)), tag("tbody", *rows), cls="wr-table beside")


def _figure(words: Words, found: Mapping[str, object], name: str) -> str:
    """Give a figure as a person reads it; figures are what others wrote down."""
    value = found.get(name)
    if name == "alerts_per_day" and value is None:
        hundredths = found.get("alerts_per_day_hundredths")
        value = hundredths / 100 if isinstance(hundredths, int | float) else None
    if name == "looked_at_for":
        seen = seen_us(found)
        return "—" if seen is None else rule_trial.span_told(words, seen)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "—"
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"


def _decide(room: Room, asked: Change) -> None:
    """Offer what may be done with a proposal: one's own is withdrawn, somebody else's approved or refused."""
    words, number = room.words, asked.id
    if _is_own(room, asked):
        show(tag("p", words("ruleact.own_proposal"), cls="wr-hint"))
        _button(
            room, "withdraw", lambda me, why: stages.withdraw(room.state, me, number, why), "ruleact.done_withdrawn"
        )
        return
    left, right = st.columns(2, gap="small")
    with left:
        _button(
            room, "approve", lambda me, why: stages.approve(room.state, me, number, why), "ruleact.done_approved",
            primary=True,
        )  # fmt: skip
    with right:
        _button(room, "refuse", lambda me, why: stages.refuse(room.state, me, number, why), "ruleact.done_refused")


def _moves(room: Room, entry: Entry, held: Held) -> None:
    """Offer the moves that lead somewhere from where the rule is."""
    words, rule_id, draft = room.words, entry.id, held.draft
    filters = entry.kind == FILTER
    runs = held.stage is Stage.PRODUCTION and not held.is_changed
    ready = held.proposal is None and (not runs if filters else held.stage is Stage.SHADOW and not held.is_changed)
    figures = rule_trial.figures_of(entry.id)
    if ready and figures is None and not filters:
        show(tag("p", words("ruleact.no_backtest"), cls="wr-hint"))
    with st.container(horizontal=True, gap="small"):
        if ready:
            _button(
                room,
                "propose",
                lambda me, why: stages.propose(room.state, me, rule_id, why, draft=draft, backtest=figures),
                "ruleact.done_proposed",
                primary=True,
            )
        if not filters and (held.stage is not Stage.SHADOW or held.is_changed):
            _button(room, "to_shadow", _mover(room, rule_id, Stage.SHADOW, held), "ruleact.done")
        if held.stage in (Stage.SHADOW, Stage.PRODUCTION):
            _button(room, "retire", _mover(room, rule_id, Stage.RETIRED, held), "ruleact.done")
        if held.before is not None:

            def back(me: Actor, why: str) -> None:
                stages.roll_back(room.state, me, rule_id, why or words("ruleact.rolled_back"))

            told = words("ruleact.roll_back_told", stage=words(f"stage.{held.before}"))
            _button(room, "roll_back", back, "ruleact.done", told=told)
    if held.draft is not None:
        told, link = words("ruleact.edit"), rule_asking.draft_link(opened=held.draft.path.stem)
    else:
        told, link = words("ruleact.copy"), rule_asking.draft_link(rule_id)
    show(tag("a", told, href=link, target="_self", cls="wr-go"))


def _mover(room: Room, rule_id: str, stage: Stage, held: Held) -> Callable[[Actor, str], object]:
    return lambda me, why: stages.move(room.state, me, rule_id, stage, why, draft=held.draft, seen=held.stage)


def _button(
    room: Room,
    name: str,
    action: Callable[[Actor, str], object],
    done: str,
    *,
    primary: bool = False,
    told: str = "",
) -> None:
    """Show a button of an act that takes a reason."""
    st.button(
        room.words(f"ruleact.{name}"),
        key=f"rule_{name}",
        type="primary" if primary else "secondary",
        help=told or room.words.either(f"ruleact.{name}_told", "") or None,
        on_click=_do,
        args=(room, action, done),
        width="stretch",
    )


def _do(room: Room, action: Callable[[Actor, str], object], done: str) -> None:
    reason = str(st.session_state.get(_REASON) or "").strip()  # as typed by now
    if doing.attempt(room, _PLACE, lambda me: action(me, reason), done):
        st.session_state[_REASON] = ""
