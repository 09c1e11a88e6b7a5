"""The playbooks: every fault with its file and line, hostile files bounded, and what ours must hold."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from respond.playbook_samples import playbooks

from warroom.access.roles import Permission, Role
from warroom.catalog.legal import load_clocks, load_law
from warroom.catalog.playbook_folder import PlaybookFolder
from warroom.catalog.playbook_parts import STARTED, Playbook
from warroom.catalog.playbook_reading import ANSWERING, MOMENTS, OWNERS, seconds_of
from warroom.catalog.playbook_words import load_playbook_words
from warroom.catalog.playbooks import kept_playbook, load_playbook, load_playbooks, parse_playbook, written
from warroom.commands.playbooks import app
from warroom.errors import WarroomError
from warroom.settings import ROOT

OURS, FAULTS = load_playbooks(ROOT / "playbooks")
PHASES = list(load_playbook_words().phases)
WANTED = {
    "account_takeover", "api_exfiltration", "ddos_registration_day", "insider_misuse", "kyc_fraud", "lost_log_source",
    "personal_data_breach", "phishing_fake_app", "ransomware", "state_agency_incident", "third_party_breach",
    "web_intrusion",
}  # fmt: skip
GOOD = """\
id: good
version: "1.0.0"
created: "2026-11-22"
revised: "2026-11-22"
title: {th: "ดี", en: "Good"}
purpose: {th: "เพื่อ", en: "to"}
starts:
  - because: {th: "เพราะ", en: "because"}
    tags: [attack.t1190]
    severity: high
phases:
  - id: activation
    questions:
      - {id: real, th: "จริงหรือ", en: "real?"}
      - id: how
        th: "เพียงใด"
        en: "how?"
        when: {real: yes}
    tasks:
      - id: look
        th: "ดู"
        en: "look"
        due: PT15M after started
        when: {real: yes}
        clocks: [PDPC_72H]
  - id: preservation
    tasks:
      - {id: keep, th: "เก็บ", en: "keep"}
  - id: recovery
    after: [preservation]
    tasks:
      - {id: mend, th: "ซ่อม", en: "mend"}
"""


def every_text(playbook: Playbook) -> list[tuple[str, str]]:
    """Every text of a playbook, Thai and English."""
    found = [playbook.title, playbook.purpose, playbook.source, *(rule.because for rule in playbook.starts)]
    for task in playbook.tasks:
        found += [task.does, task.detail, task.evidence, task.basis]
    for question in playbook.questions:
        found += [question.asks, question.detail, *(option.name for option in question.options)]
    return [(one.th, one.en) for one in found if one.th or one.en]


def test_ours_are_sound_and_there_are_all_twelve() -> None:
    assert (FAULTS, set(OURS)) == ([], WANTED)


@pytest.mark.parametrize("name", sorted(WANTED))
def test_each_has_all_phases_enough_tasks_and_both_languages(name: str) -> None:
    playbook = OURS[name]
    assert [phase.id for phase in playbook.phases] == PHASES, "the parts of item 19.1, all of them, in order"
    assert 12 <= len(list(playbook.tasks)) <= 30
    assert len(list(playbook.questions)) >= 2
    assert all(phase.tasks for phase in playbook.phases)
    for th, en in every_text(playbook):
        assert re.search("[ก-๙]", th), th
        assert not re.search("[ก-๙]", en.replace("part ง", "").replace("special part 292 ง", "")), en
    assert all(task.evidence.en for task in playbook.tasks), "whoever reads it later wants to see how it was done"
    used = {question for one in (*playbook.tasks, *playbook.questions) for term in one.when for question, _ in term}
    assert {question.id for question in playbook.questions} <= used, "a question decides something"
    assert sum(bool(task.clocks) for task in playbook.tasks) >= 1


@pytest.mark.parametrize("name", sorted(WANTED))
def test_none_holds_a_number_or_an_address_that_somebody_might_call(name: str) -> None:
    for text in (text for both in every_text(OURS[name]) for text in both):
        assert not re.search(r"\b0\d[\d -]{6,}\d\b|[\w.]+@[\w.]+\.\w+|https?://", text), text


def test_rules_that_start_playbooks_exist_and_what_is_uncertain_says_so() -> None:
    detectors = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "detectors").rglob("*.yml"))
    for playbook in OURS.values():
        for rule in (rule for start in playbook.starts for rule in start.rules or ()):
            assert f"id: {rule}" in detectors, rule
        for task in playbook.tasks:
            if "[U]" in task.detail.en + task.basis.en:
                assert not task.certain, (playbook.id, task.id)


def test_the_clocks_of_incidents_are_all_served_by_some_task() -> None:
    served = {clock for playbook in OURS.values() for task in playbook.tasks for clock in task.clocks}
    apart = {"AUDIT_30D", "CONTACT_52", "REACH_60MIN", "LOG_USER_90D"}  # of the year and of the register, not of a case
    assert served | apart == set(load_clocks())


def test_moments_owners_and_permissions_are_those_of_the_war_room() -> None:
    assert set(MOMENTS) - {STARTED} <= load_law().moments.keys()
    assert set(OWNERS) <= set(Role)
    assert set(ANSWERING) <= set(Permission)


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("id: good", "id: bad", 1, "its file is named bad.yml"),
        ('version: "1.0.0"', "version: 1.0", 2, "`version` is missing or no text"),
        ('created: "2026-11-22"', "created: 2026-11-22", 3, "`created` is missing or no text"),
        ('revised: "2026-11-22"', 'revised: "2026-13-22"', 4, "`revised` is a day"),
        ('en: "Good"', 'ne: "Good"', 5, "unknown key `ne`"),
        ("purpose:", "propose:", 6, "unknown key `propose`, did you mean `purpose`?"),
        ("tags: [attack.t1190]", "tags: [t1190]", 9, "no ATT&CK tag"),
        ("    tags: [attack.t1190]\n", "", 8, "every incident would start it"),
        ("severity: high", "severity: huge", 10, "there is no severity `huge`"),
        ("severity: high", "categories: [10]", 10, "numbers from 0 to 9"),
        ("severity: high", "platforms: [tang_rta]", 10, "no platform `tang_rta`, did you mean `tang_rat`?"),
        ("- id: activation", "- id: reporting", 11, "in the order of the work"),
        ("id: look", "id: real", 20, "the id `real` stands twice"),
        ("PT15M after started", "15 minutes", 23, "`due` is a duration after a moment"),
        ("PT15M after started", "PT15M after lunch", 23, "no moment `lunch`"),
        ("when: {real: yes}\n        clocks", "when: {reel: yes}\n        clocks", 24, "no question `reel`"),
        ("when: {real: yes}\n        clocks", "when: {real: maybe}\n        clocks", 24, "not answered by `maybe`"),
        ("when: {real: yes}\n        clocks", "when: [1]\n        clocks", 24, "`when` holds"),
        ("clocks: [PDPC_72H]", "clocks: [PDPC_72]", 25, "no clock `PDPC_72`, did you mean `PDPC_72H`?"),
        ("clocks: [PDPC_72H]", "forms: [kor_9]", 25, "no form `kor_9`"),
        ("clocks: [PDPC_72H]", "tells: [nobody]", 25, "no audience `nobody`"),
        ("clocks: [PDPC_72H]", "owner: boss", 25, "no role `boss`"),
        ("clocks: [PDPC_72H]", "certain: perhaps", 25, "`certain` is true or false"),
        ('en: "how?"', 'en: "how?"\n        by: everybody', 18, "no permission `everybody`"),
        ('en: "how?"', 'en: "how?"\n        options: [{id: a, th: ก, en: a}]', 18, "two or more"),
        ("when: {real: yes}\n    tasks", "when: {how: yes}\n    tasks", 11, "wait for each other"),
        ("    after: [preservation]\n", "", 29, "`recovery` says `after: [preservation]`"),
        ("after: [preservation]", "after: [review]", 30, "stand before it"),
        ('th: "ดู"', 'th: "ดู\u202e"', 21, "a character that cannot be seen"),
        ('th: "ดู"', 'th: "d\\0u"', 21, "a character that is no text"),
        ('en: "keep"', f'en: "{"x" * 401}"', 28, "longer than 400 characters"),
        ("phases:", "phases: []\nx:", 11, "a list of 1 to 20"),
    ],
)
def test_every_fault_has_its_file_and_line(tmp_path: Path, old: str, new: str, line: int, reason: str) -> None:
    file = tmp_path / "good.yml"
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    playbook, faults = load_playbook(file)
    assert playbook is None
    told = [(fault.line, fault.reason) for fault in faults if re.search(re.escape(reason), fault.reason)]
    assert told, faults
    assert told[0][0] == line, faults
    assert {fault.file for fault in faults} == {str(file)}


def test_a_faulty_file_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "good.yml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "worse.yml").write_text("id: [", encoding="utf-8")
    (tmp_path / "two.yml").write_text(f"{GOOD}---\n{GOOD}", encoding="utf-8")
    found, faults = load_playbooks(tmp_path)
    assert list(found) == ["good"]
    assert sorted(Path(fault.file).name for fault in faults) == ["two.yml", "worse.yml"]
    assert "no such folder" in load_playbooks(tmp_path / "gone")[1][0].reason


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b"a: &a [x]\n" + b"b: [*a, *a, *a, *a, *a, *a, *a, *a]\n" * 20,
        b"phases: " + b"- " * 5_000,
        b"!!python/object/apply:os.system [true]",
        b"phases: [{tasks: [" + b"{id: a}," * 300 + b"]}]",
        b"phases: 7\nstarts: {a: b}\ntitle: [1]\nid: 1e400",
        b"\xff\xfe\x00",
        b"- list",
        b"",
    ],
)
def test_hostile_files_are_refused_and_nothing_breaks(data: bytes) -> None:
    playbook, faults = parse_playbook(data, Path("hostile.yml"))
    assert playbook is None
    assert faults


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(["yes", "activation"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "th", "en", "when", "tasks", "questions", "options", "due"]), inner, max_size=4
        )
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(["id", "version", "title", "starts", "phases", "source"]), _values))
def test_whatever_a_document_holds_it_is_a_playbook_or_at_fault(told: dict[str, object]) -> None:
    playbook, faults = parse_playbook(json.dumps(told).encode(), Path("drawn.yml"))
    assert (playbook is None) == bool(faults)


@given(playbooks())
def test_what_is_written_and_what_a_run_keeps_is_the_same_playbook(playbook: Playbook) -> None:
    assert parse_playbook(written(playbook).encode(), Path("drawn.yml")) == (playbook, [])
    assert kept_playbook(playbook.body, playbook.sha256) == playbook


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT15M", 900), ("PT1H30M", 5400), ("P1D", 86_400), ("P1DT1H", 90_000), ("P", None), ("PT", None), ("P1W", None)],
)
def test_durations(text: str, seconds: int | None) -> None:
    assert seconds_of(text) == seconds


def test_a_folder_is_read_again_when_a_file_changes(tmp_path: Path) -> None:
    folder = PlaybookFolder(tmp_path)
    assert folder.load() == ({}, [])
    file = tmp_path / "good.yml"
    file.write_text(GOOD, encoding="utf-8")
    assert list(folder.load()[0]) == ["good"]
    file.write_text(GOOD.replace("mend", "repair"), encoding="utf-8")
    assert "repair" in folder.load()[0]["good"].body
    file.write_text("id: [", encoding="utf-8")
    found, faults = folder.load()
    assert (found, len(faults)) == ({}, 1)
    assert folder.load() == ({}, []), "a fault is told once"


def command(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as ended:
        app(args=list(arguments), prog_name="playbooks")
    return ended.value.code


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("check") in (0, None)
    assert command("list", "--json") in (0, None)
    out = tmp_path / "ransomware.json"
    assert command("export", "ransomware", "--to", str(out)) in (0, None)
    assert command("import", str(out), "--to", str(tmp_path)) in (0, None)
    assert load_playbook(tmp_path / "ransomware.yml") == (OURS["ransomware"], [])
    told = capsys.readouterr().out
    assert all(name in told for name in WANTED)
    (tmp_path / "bad.yml").write_text("id: bad", encoding="utf-8")
    assert command("check", str(tmp_path)) == 1
    assert "bad.yml" in capsys.readouterr().out
    for refused in (["import", str(out), "--to", str(tmp_path)], ["export", "gone"]):
        with pytest.raises(WarroomError):
            app(args=refused, prog_name="playbooks", standalone_mode=False)
