"""Risk to people, ENISA's severity and the threat level: proposals with reasons, decided by a named person."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from responding import DPO, HOUR, LEAD, open_one

from warroom.catalog.assessment import load_assessment
from warroom.catalog.ncsa import load_ncsa
from warroom.errors import ForbiddenError, UsageError
from warroom.respond.assessing import assess_breach, assess_severity
from warroom.respond.beginning import begin_response
from warroom.respond.enisa import EnisaAnswers, severity_of
from warroom.respond.risk_to_people import BreachAnswers, Quantity, Score, propose_risk
from warroom.respond.threat_level import propose_level
from warroom.store.database import State, now_us
from warroom.store.views.response import response

RULES = load_assessment()
FACTORS = list(RULES.factors)


def scored(*scores: int | None) -> dict[str, Score]:
    return {code: Score(one) for code, one in zip(FACTORS, scores, strict=False)}


def test_the_reference_has_what_the_specification_has() -> None:
    assert [f"f{number}" for number in range(1, 9)] == FACTORS
    assert (list(RULES.types), list(RULES.risk_levels)) == (["C", "I", "A"], ["none", "risk", "high"])
    assert (RULES.high_from, RULES.triggers["many"].subjects) == (14, 100_000)
    assert len(RULES.triggers) == 6
    assert len(RULES.grounds) == 3


@pytest.mark.parametrize(
    ("answers", "level", "because"),
    [
        (BreachAnswers(), "risk", ()),
        (BreachAnswers(factors=scored(2, 2, 2, 2, 2, 2, 1, 0)), "risk", ()),
        (BreachAnswers(factors=scored(2, 2, 2, 2, 2, 2, 1, 1)), "high", ()),
        (BreachAnswers(types=("C",), triggers=("sensitive",)), "high", ("sensitive",)),
        (BreachAnswers(types=("A",), triggers=("sensitive",)), "risk", ()),
        (BreachAnswers(subjects=Quantity("estimate", 99_999)), "risk", ()),
        (BreachAnswers(subjects=Quantity("number", 100_000)), "high", ("many",)),
        (BreachAnswers(triggers=("for_sale", "identity_document")), "high", ("identity_document", "for_sale")),
    ],
)
def test_risk_is_proposed_by_sum_and_triggers_and_never_none(
    answers: BreachAnswers, level: str, because: tuple[str, ...]
) -> None:
    found = propose_risk(answers)
    assert (found.level, tuple(one.code for one in found.because)) == (level, because)
    assert len(found.missing) == 8 - len(answers.factors)


@given(st.lists(st.integers(0, 3), min_size=8, max_size=8), st.integers(0, 7))
def test_a_higher_score_never_proposes_less(scores: list[int], place: int) -> None:
    before = propose_risk(BreachAnswers(factors=scored(*scores)))
    scores[place] = 3
    after = propose_risk(BreachAnswers(factors=scored(*scores)))
    assert (after.level == "high") >= (before.level == "high")


@pytest.mark.parametrize(
    "answers",
    [
        BreachAnswers(types=("X",)),
        BreachAnswers(triggers=("moon",)),
        BreachAnswers(factors={"f9": Score(1)}),
        BreachAnswers(factors={"f1": Score(4)}),
        BreachAnswers(factors={"f1": Score(1, "x" * 2001)}),
        BreachAnswers(subjects=Quantity("number", None)),
        BreachAnswers(subjects=Quantity("unknown", 5)),
        BreachAnswers(records=Quantity("estimate", -1)),
        BreachAnswers(records=Quantity("roughly", 5)),
    ],
)
def test_answers_that_are_none_are_refused(answers: BreachAnswers) -> None:
    with pytest.raises(UsageError):
        propose_risk(answers)


@pytest.mark.parametrize(
    ("contexts", "ease", "circumstances", "severity", "level"),
    [
        ({"simple": "simple_plain"}, "maximum", {}, "1", "low"),
        ({"behavioural": "behavioural_plain"}, "maximum", {}, "2", "medium"),
        ({"financial": "financial_full"}, "significant", {}, "3", "high"),
        ({"financial": "financial_full"}, "significant", {"malice": "m_intent"}, "3.5", "high"),
        ({"sensitive": "sensitive_plain"}, "maximum", {"confidentiality": "c_unknown"}, "4.5", "very_high"),
        ({"sensitive": "sensitive_public", "simple": "simple_profile"}, "limited", {}, "1", "low"),
        (
            {"sensitive": "sensitive_plain"},
            "maximum",
            {"confidentiality": "c_unknown", "integrity": "i_lost", "availability": "a_lost", "malice": "m_intent"},
            "6",
            "very_high",
        ),
    ],
)
def test_enisas_severity(
    contexts: dict[str, str], ease: str, circumstances: dict[str, str], severity: str, level: str
) -> None:
    found = severity_of(EnisaAnswers(contexts, ease, circumstances))
    assert (found.severity, found.level.code) == (Decimal(severity), level)
    assert 1 <= found.dpc <= 4


def test_every_step_of_enisa_stays_within_its_scale() -> None:
    for code, context in RULES.enisa.contexts.items():
        for step in context.steps:
            assert 1 <= severity_of(EnisaAnswers({code: step}, "maximum")).dpc <= 4
            assert 1 <= context.basic + int(context.steps[step].value) <= 4


@pytest.mark.parametrize(
    "answers",
    [
        EnisaAnswers(),
        EnisaAnswers({"simple": "simple_plain"}),
        EnisaAnswers({"simple": "sensitive_plain"}, "maximum"),
        EnisaAnswers({"simple": "simple_plain"}, "maximum", {"weather": "rain"}),
    ],
)
def test_severities_of_nothing_are_refused(answers: EnisaAnswers) -> None:
    with pytest.raises(UsageError):
        severity_of(answers)


@pytest.mark.parametrize(
    ("flags", "level"),
    [
        ((), "undetermined"),
        (("state_or_cii",), "undetermined"),
        (("state_or_cii", "service_degraded"), "non_serious"),
        (("targeted", "attacks_increased", "service_unavailable"), "serious"),
        (("targeted", "service_unavailable", "state_or_cii"), "non_serious"),
        (("sectors_down", "control_lost"), "crisis_a"),
        (("sectors_down", "targeted", "attacks_increased", "service_unavailable"), "serious"),
        (("public_order", "sectors_down", "remedies_failed"), "crisis_b"),
    ],
)
def test_threat_levels(flags: tuple[str, ...], level: str) -> None:
    found = propose_level(flags)
    assert found.level == level in load_ncsa().levels
    assert {one.code for one in found.flags} <= set(flags)


def test_a_crisis_asks_for_nothing_but_what_a_person_says() -> None:
    for rule in RULES.threat_rules:
        if rule.code.startswith("crisis"):
            assert all(RULES.flags[code].human for code in rule.asks | rule.either)
    with pytest.raises(UsageError, match="no flag"):
        propose_level(["volcano"])


def test_decisions_are_kept_with_what_was_answered_and_proposed(state: State) -> None:
    number = open_one(state, now_us() - HOUR)
    one = begin_response(state, number, LEAD, ["breach"]).controller_id
    answers = BreachAnswers(("C",), Quantity("estimate", 200_000), Quantity(), {"f1": Score(2, "ขาย")}, ("for_sale",))
    for decision in ("high", "risk"):
        assess_breach(state, number, DPO, one, answers, decision, "looked at the log")
    assess_severity(
        state, number, DPO, one, EnisaAnswers({"simple": "simple_plain"}, "limited"), "medium", "more than it says"
    )
    found = response(state, number)
    assert found is not None
    newest = found.assessed(one, "breach_risk")
    assert newest is not None
    assert (newest.decision, newest.actor, newest.proposed["level"]) == ("risk", "wichai", "high")
    assert newest.body == answers.told()
    assert len(found.assessments) == 3
    severity = found.assessed(one, "enisa")
    assert severity is not None
    assert (severity.decision, severity.proposed["se"], severity.proposed["level"]) == ("medium", "0.5", "low")


def test_who_does_not_decide_about_breaches_decides_nothing(state: State) -> None:
    number = open_one(state, now_us() - HOUR)
    one = begin_response(state, number, LEAD, ["breach"]).controller_id
    with pytest.raises(ForbiddenError):
        assess_breach(state, number, LEAD, one, BreachAnswers(), "risk", "looked at the log")
    for decision in ("huge", ""):
        with pytest.raises(UsageError):
            assess_breach(state, number, DPO, one, BreachAnswers(), decision, "looked at the log")
        with pytest.raises(UsageError):
            assess_severity(state, number, DPO, one, EnisaAnswers(), decision, "looked at the log")
