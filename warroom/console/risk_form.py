"""The form of an assessment: what was breached, how many, eight factors, triggers, ENISA's tables, threat flags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.catalog.assessment import load_assessment
from warroom.console import drafted
from warroom.console.drafted import Form, Input
from warroom.errors import UsageError
from warroom.respond.enisa import EnisaAnswers
from warroom.respond.risk_to_people import TEXT_LIMIT, BreachAnswers, Quantity, Score

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warroom.catalog.assessment import Choice
    from warroom.console.room import Room
    from warroom.console.texts import Words
    from warroom.store.canonical import Json

_HOWS: Final = ("number", "estimate", "unknown")
_LETTERS: Final = 14
_LINE: Final = min(TEXT_LIMIT, 500)


def name_of(one: Choice, words: Words) -> str:
    """Give a choice's name in the person's language."""
    return one.th if words.language == "th" else one.en


def facts_form(room: Room, incident_id: int, controller_id: int, before: Mapping[str, Json]) -> Form:
    """Give the form about what was breached and how many people it concerns."""
    words, known = room.words, load_assessment()
    inputs = [
        Input(
            "types",
            words("risk.types"),
            "many",
            options=_options(known.types.values(), words),
            start=_joined(before.get("types")),
        )
    ]
    for name in ("subjects", "records"):
        quantity = before.get(name)
        told = quantity if isinstance(quantity, dict) else {}
        count = told.get("count")
        options = tuple((how, words(f"how.{how}")) for how in _HOWS)
        start = str(told.get("how", "unknown"))
        inputs.append(Input(f"{name}_how", words(f"risk.{name}"), "choice", options=options, start=start))
        start = "" if count is None else str(count)
        inputs.append(Input(f"{name}_count", words("risk.count"), limit=_LETTERS, start=start))
    triggers = _options(known.triggers.values(), words)
    inputs.append(
        Input("triggers", words("risk.triggers"), "many", options=triggers, start=_joined(before.get("triggers")))
    )
    return Form(_place(incident_id, controller_id, "facts"), f"risk_facts_{controller_id}", tuple(inputs))


def factor_form(room: Room, incident_id: int, controller_id: int, before: Mapping[str, Json]) -> Form:
    """Give the form about the eight factors: a score and why."""
    words, known = room.words, load_assessment()
    scores = tuple((str(score), f"{score} {name_of(one, words)}") for score, one in known.scores.items())
    given = before.get("factors")
    inputs = []
    for number, (code, one) in enumerate(known.factors.items(), 1):
        told = given.get(code) if isinstance(given, dict) else None
        told = told if isinstance(told, dict) else {}
        score = told.get("score")
        start = "" if score is None else str(score)
        inputs.append(Input(code, f"{number}. {name_of(one, words)}", "choice", options=scores, start=start))
        why = words("risk.why")
        inputs.append(Input(f"{code}_text", why, hint=why, limit=_LINE, start=str(told.get("text", ""))))
    return Form(_place(incident_id, controller_id, "factors"), f"risk_factors_{controller_id}", tuple(inputs))


def enisa_form(room: Room, incident_id: int, controller_id: int, before: Mapping[str, Json]) -> Form:
    """Give the form of ENISA's tables."""
    words, known = room.words, load_assessment().enisa
    contexts, circumstances = before.get("contexts"), before.get("circumstances")
    inputs = [
        Input(
            f"context_{code}",
            name_of(one.told, words),
            "choice",
            options=_options(one.steps.values(), words),
            start=_given(contexts, code),
        )
        for code, one in known.contexts.items()
    ]
    inputs.append(
        Input(
            "identification",
            words("enisa.ei"),
            "choice",
            options=_options(known.identification.values(), words),
            start=str(before.get("identification", "")),
        )
    )
    inputs += [
        Input(
            f"circumstance_{code}",
            name_of(one.told, words),
            "choice",
            options=_options(one.steps.values(), words),
            start=_given(circumstances, code),
        )
        for code, one in known.circumstances.items()
    ]
    return Form(_place(incident_id, controller_id, "enisa"), f"risk_enisa_{controller_id}", tuple(inputs))


def threat_form(room: Room, incident_id: int) -> Form:
    """Give the form of what is asked about a threat, of the incident as a whole."""
    words = room.words
    return Form(
        f"incident/{incident_id}/threat",
        f"risk_threat_{incident_id}",
        (Input("flags", words("threat.flags"), "many", options=_options(load_assessment().flags.values(), words)),),
    )


def breach_answers(room: Room, facts: Form, factors: Form) -> BreachAnswers:
    """Give what was answered so far. Raises UsageError for a number that is none."""
    told, scored = drafted.values(room, facts), drafted.values(room, factors)
    return BreachAnswers(
        types=tuple(drafted.chosen(told["types"])),
        subjects=_quantity(room, told, "subjects"),
        records=_quantity(room, told, "records"),
        factors={
            code: Score(int(scored[code]) if scored[code].isdecimal() else None, scored[f"{code}_text"].strip())
            for code in load_assessment().factors
            if scored[code] or scored[f"{code}_text"].strip()
        },
        triggers=tuple(drafted.chosen(told["triggers"])),
    )


def enisa_answers(room: Room, form: Form) -> EnisaAnswers:
    """Give what was answered so far."""
    told, known = drafted.values(room, form), load_assessment().enisa
    return EnisaAnswers(
        {code: told[f"context_{code}"] for code in known.contexts if told[f"context_{code}"]},
        told["identification"],
        {code: told[f"circumstance_{code}"] for code in known.circumstances if told[f"circumstance_{code}"]},
    )


def _quantity(room: Room, told: Mapping[str, str], name: str) -> Quantity:
    how = told[f"{name}_how"] or _HOWS[-1]
    text = told[f"{name}_count"].replace(",", "").strip()
    if how == _HOWS[-1]:
        return Quantity()
    if not (text.isascii() and text.isdecimal()):
        raise UsageError(room.words("risk.no_number", name=room.words(f"risk.{name}")))
    return Quantity(how, int(text))


def _options(found: Iterable[Choice], words: Words) -> tuple[tuple[str, str], ...]:
    return tuple((one.code, name_of(one, words)) for one in found)


def _joined(codes: Json) -> str:
    return ",".join(map(str, codes)) if isinstance(codes, list) else ""


def _given(chosen: Json, code: str) -> str:
    return str(chosen.get(code, "")) if isinstance(chosen, dict) else ""


def _place(incident_id: int, controller_id: int, part: str) -> str:
    return f"incident/{incident_id}/assessment/{controller_id}/{part}"
