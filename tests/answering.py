"""How incidents are answered in law: at least two rows in every table that holds it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from warroom import reporting
from warroom.access import Actor, Role
from warroom.catalog.playbooks import load_playbooks
from warroom.report import documents
from warroom.report.periods import Kind
from warroom.respond import assessing, playing
from warroom.respond.beginning import begin_response
from warroom.respond.risk_to_people import BreachAnswers
from warroom.respond.sending import record_sending
from warroom.settings import ROOT, Settings
from warroom.store.database import State, now_us
from warroom.store.sendings import SendingDetails

MAKER: Final = Actor("somchai", frozenset(Role))
SIGNER: Final = Actor("wipa", frozenset(Role))


def answer(state: State, data_dir: Path) -> None:
    """Do everything that is asked of a response, for incidents 1 and 2."""
    playbooks, _ = load_playbooks(ROOT / "playbooks")
    followed = playbooks["lost_log_source"]
    for number in (1, 2):
        begun = begin_response(state, number, MAKER, ["breach", "cyber"])
        assessing.assess_breach(state, number, MAKER, begun.controller_id, BreachAnswers(), "high", "many people")
        wanted = documents.Wanted("ncsa_k1", {}, "partial", number, begun.controller_id)
        made = documents.make_version(state, data_dir, MAKER, wanted)
        documents.sign(state, SIGNER, made.version_id, "verified")
        told = SendingDetails("NCSA_K1", now_us(), "NCSA", "email", f"DGA {number}", None, made.version_id)
        record_sending(state, number, MAKER, begun.controller_id, told, late_reason="found late")
        run = playing.start(state, number, MAKER, followed, "the feed is silent")
        playing.skip(state, run, MAKER, followed.phases[0].tasks[0].id, "another team does it")
    settings = Settings(data=data_dir)
    period = reporting.asked_period(Kind.DAILY, "", settings, now_us())
    for language in ("th", "en"):
        reporting.make(state, settings, MAKER, period, language)
