"""What a playbook's tasks owe in law begins with them, and ends with an incident that was none."""

from __future__ import annotations

import pytest
from responding import HOUR, LEAD, open_one

from warroom.catalog.playbook_parts import Playbook
from warroom.catalog.playbooks import load_playbooks
from warroom.incidents import actions
from warroom.model import Disposition
from warroom.respond import playing
from warroom.respond.board import board
from warroom.settings import ROOT
from warroom.store.database import State, now_us


@pytest.fixture(scope="module")
def playbooks() -> dict[str, Playbook]:
    return load_playbooks(ROOT / "playbooks")[0]


def running(state: State) -> set[str]:
    return {row.state.clock.id for row in board(state, now_us()).running}


def test_a_playbook_whose_first_tasks_serve_clocks_begins_them(state: State, playbooks: dict[str, Playbook]) -> None:
    one = open_one(state, now_us() - HOUR)
    playing.start(state, one, LEAD, playbooks["lost_log_source"], "the feed is silent")
    assert running(state) == set()
    playing.start(state, one, LEAD, playbooks["ransomware"], "files are encrypted")
    assert running(state) == {"NCSA_K1", "NCSA_K2_24H"}


def test_an_answer_that_opens_a_branch_begins_its_clocks(state: State, playbooks: dict[str, Playbook]) -> None:
    one = open_one(state, now_us() - HOUR)
    run = playing.start(state, one, LEAD, playbooks["ransomware"], "files are encrypted")
    (asked,) = {
        question
        for phase in playbooks["ransomware"].phases
        for task in phase.tasks
        if "PDPC_72H" in task.clocks
        for term in task.when
        for question, _ in term
    }
    playing.answer(state, run, LEAD, asked, "yes")
    assert "PDPC_72H" in running(state)


@pytest.mark.parametrize("disposition", [Disposition.FALSE_POSITIVE, Disposition.BENIGN, Disposition.DUPLICATE])
def test_an_incident_that_was_no_threat_owes_ncsa_nothing(
    state: State, playbooks: dict[str, Playbook], disposition: Disposition
) -> None:
    one = open_one(state, now_us() - HOUR)
    playing.start(state, one, LEAD, playbooks["personal_data_breach"], "data was drawn")
    assert {"PDPC_72H", "NCSA_K1"} <= running(state)
    actions.close(state, one, LEAD, disposition, "the backup job")
    # whether people have to be told is for who decides about breaches, not for who closes
    assert running(state) == {"PDPC_72H"}


def test_a_true_one_that_is_closed_still_owes(state: State, playbooks: dict[str, Playbook]) -> None:
    one = open_one(state, now_us() - HOUR)
    playing.start(state, one, LEAD, playbooks["ransomware"], "files are encrypted")
    actions.close(state, one, LEAD, Disposition.TRUE_POSITIVE, "restored")
    assert running(state) == {"NCSA_K1", "NCSA_K2_24H"}
