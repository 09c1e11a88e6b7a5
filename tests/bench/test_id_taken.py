"""Two files of one id: the one that was put into a stage has it, the other one is told so, saved and staged nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import somebody

from warroom.access import Role
from warroom.bench import stages
from warroom.bench.drafts import approved, drafts_folder, read_draft, read_drafts
from warroom.bench.editing import check_draft, save_draft
from warroom.bench.id_taken import is_detectors, saved_in, taken, with_new_ids
from warroom.bench.patching import patch
from warroom.catalog.stages import Stage
from warroom.errors import ConflictError, UsageError
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.database import State
from warroom.store.rules import stages as store
from warroom.store.rules.stages import Staged

NIDA, ANAN = somebody("nida", Role.DETECTION_ENGINEER), somebody("anan", Role.DETECTION_ENGINEER)
OURS, THEIRS, DRAFT, PART, FRESH = (f"{digit * 8}-1111-4111-8111-111111111111" for digit in "12345")
WHY = "as the test says"
SECOND = "authn_dup_wrong"


def rule(rule_id: str, title: str = "Six wrong codes") -> str:
    return f"title: {title}\nid: {rule_id}\nlogsource: {{service: authn}}\ndetection: {{s: {{a: b}}, condition: s}}\n"


def counted(rule_id: str, part: str) -> str:
    return (
        f"{rule(part, 'One wrong code')}---\ntitle: Many wrong codes\nid: {rule_id}\ncorrelation: {{type: event_count, "
        f"rules: [{part}], group-by: [user.name], timespan: 5m, condition: {{gte: 6}}}}\n"
    )


@pytest.fixture
def detectors(tmp_path: Path) -> Path:
    folder = tmp_path / "detectors"
    for name, text in (("authn/authn_ours", rule(OURS, "Ours")), ("upstream/web/theirs", rule(THEIRS, "Theirs"))):
        file = folder / f"{name}.yml"
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def drafts(data_dir: Path) -> Path:
    """Two drafts of one id; by the alphabet the second one goes before that which is approved."""
    folder = drafts_folder(data_dir)
    folder.mkdir(parents=True)
    (folder / "authn_otp_six.yml").write_text(rule(DRAFT), encoding="utf-8")
    return folder


def put_up(state: State, drafts: Path) -> None:
    """Approve the first draft, then write a second one of its id by hand."""
    stages.move(state, NIDA, DRAFT, Stage.SHADOW, WHY, draft=read_draft(drafts / "authn_otp_six.yml"))
    stages.approve(state, ANAN, stages.propose(state, NIDA, DRAFT, WHY))
    (drafts / f"{SECOND}.yml").write_text(rule(DRAFT, "Another one"), encoding="utf-8")


def staged(state: State) -> dict[str, Staged]:
    with state.read() as connection:
        return store.staged(connection)


def test_what_was_approved_runs_on_whatever_else_has_its_id(state: State, drafts: Path, detectors: Path) -> None:
    put_up(state, drafts)
    found, faults = read_drafts(drafts, staged(state))
    assert found[DRAFT].path.name == "authn_otp_six.yml"
    assert found[DRAFT].taken == ""
    assert approved(found.values(), staged(state)) == {drafts / "authn_otp_six.yml": found[DRAFT].sha256}
    (fault,) = faults
    assert (fault.file, fault.line) == (str(drafts / f"{SECOND}.yml"), 0)
    assert f"{DRAFT} already belongs to authn_otp_six.yml, “Six wrong codes”: give this one a new id" in fault.reason
    diff = patch(drafts, detectors, [DRAFT], staged(state))
    assert "authn_otp_six.yml" in diff
    assert SECOND not in diff
    stages.move(state, NIDA, DRAFT, Stage.SHADOW, "too many alerts", draft=found[DRAFT])  # its own moves go on


def test_where_none_was_put_anywhere_neither_goes_into_a_stage(state: State, drafts: Path, detectors: Path) -> None:
    (drafts / f"{SECOND}.yml").write_text(rule(DRAFT, "Another one"), encoding="utf-8")
    found, faults = read_drafts(drafts, staged(state))
    one = found[DRAFT]
    assert one.path.name == f"{SECOND}.yml"  # the first by name, and the other one is told
    assert [Path(fault.file).name for fault in faults] == ["authn_otp_six.yml"]
    assert "belongs to authn_otp_six.yml" in one.taken
    for act in (
        lambda: stages.move(state, NIDA, DRAFT, Stage.SHADOW, WHY, draft=one),
        lambda: stages.propose(state, NIDA, DRAFT, WHY, draft=one),
    ):
        with pytest.raises(ConflictError, match=r"already belongs to authn_otp_six\.yml"):
            act()
    with pytest.raises(UsageError, match="already belongs to"):
        patch(drafts, detectors)
    stages.move(state, NIDA, DRAFT, Stage.RETIRED, WHY, draft=one)  # what stops a rule is for either file
    assert staged(state)[DRAFT].draft_sha256 is None


def test_a_changed_draft_beside_another_stays_refused(state: State, drafts: Path) -> None:
    put_up(state, drafts)
    (drafts / "authn_otp_six.yml").write_text(rule(DRAFT, "Changed"), encoding="utf-8")
    found, _ = read_drafts(drafts, staged(state))
    (wanted,) = approved(found.values(), staged(state)).values()
    assert wanted not in {one.sha256 for one in found.values()}  # the loader says so: nothing runs unseen


def test_a_second_draft_is_told_and_not_saved(state: State, data_dir: Path, drafts: Path, detectors: Path) -> None:
    saved = saved_in(state, data_dir)
    found = check_draft(SECOND, rule(DRAFT, "Another one"), "", detectors, saved).rule
    (fault,) = (one for one in found if "already belongs to authn_otp_six.yml" in one.reason)
    assert (fault.file, fault.line) == (f"{SECOND}.yml", 2)
    with pytest.raises(UsageError, match=r"already belongs to authn_otp_six\.yml, “Six wrong codes”"):
        save_draft(state, data_dir, NIDA, SECOND, rule(DRAFT, "Another one"), "", detectors=detectors)
    assert [one.name for one in drafts.iterdir()] == ["authn_otp_six.yml"]
    with state.read() as connection:
        assert not read(connection, Filter(actions=[AuditAction.RULE_CHANGED])).entries
    put_up(state, drafts)
    owner = read_draft(drafts / "authn_otp_six.yml")
    assert taken(owner, detectors, saved) == ""
    save_draft(state, data_dir, NIDA, "authn_otp_six", rule(DRAFT, "Better"), "", detectors=detectors)
    save_draft(state, data_dir, NIDA, SECOND, rule(FRESH, "Another one"), "", detectors=detectors)


def test_a_draft_of_a_detector_is_its_new_text_and_nothing_else_has_its_id(
    state: State, data_dir: Path, detectors: Path
) -> None:
    saved = saved_in(state, data_dir)

    def said(name: str, rule_id: str) -> list[str]:
        found = check_draft(name, rule(rule_id, "New"), "", detectors, saved).rule
        return [one.reason for one in found if "belongs to" in one.reason]

    assert said("authn_ours", OURS) == []
    assert "belongs to authn/authn_ours.yml, “Ours”" in said("authn_other", OURS)[0]
    assert "belongs to upstream/web/theirs.yml, “Theirs”" in said("web_theirs", THEIRS)[0]
    assert said("authn_other", FRESH) == []
    save_draft(state, data_dir, NIDA, "authn_ours", rule(OURS, "New"), "", detectors=detectors)
    assert "+title: New" in patch(drafts_folder(data_dir), detectors)
    assert is_detectors(OURS, detectors)
    assert not is_detectors(FRESH, detectors)


def test_the_parts_of_a_correlation_have_ids_of_their_own(state: State, data_dir: Path, detectors: Path) -> None:
    saved = saved_in(state, data_dir)
    save_draft(state, data_dir, NIDA, "authn_many", counted(DRAFT, PART), "", detectors=detectors)
    (fault,) = (
        one
        for one in check_draft("authn_most", counted(FRESH, PART), "", detectors, saved).rule
        if "belongs to authn_many.yml" in one.reason
    )
    assert fault.line == 2
    renewed = check_draft("authn_most", with_new_ids(counted(FRESH, PART)), "", detectors, saved).rule
    assert not [one for one in renewed if "belongs to" in one.reason]
    (drafts_folder(data_dir) / "authn_most.yml").write_text(counted(FRESH, PART), encoding="utf-8")
    assert "belongs to authn_many.yml" in read_drafts(drafts_folder(data_dir))[0][FRESH].taken


def test_a_copy_has_new_ids_wherever_they_are_named() -> None:
    text = with_new_ids(counted(FRESH, PART) + "related:\n  - id: 'a'\n")
    assert FRESH not in text
    assert PART not in text
    ids = [line.removeprefix("id: ") for line in text.splitlines() if line.startswith("id: ")]
    assert len({*ids}) == 2
    assert f"rules: [{ids[0]}]" in text
    assert with_new_ids("id: a\ntitle: a rule\n") == "id: a\ntitle: a rule\n"


@pytest.mark.parametrize(
    "spelt", [DRAFT.replace("3", "A").upper(), DRAFT.replace("-", ""), f"{{{DRAFT}}}", f"urn:uuid:{DRAFT}"]
)
def test_an_id_in_another_spelling_is_no_other_id(
    state: State, data_dir: Path, drafts: Path, detectors: Path, spelt: str
) -> None:
    saved, text = saved_in(state, data_dir), rule(f"'{spelt}'", "Sly")
    assert any("write this `id` as" in one.reason for one in check_draft(SECOND, text, "", detectors, saved).rule)
    with pytest.raises(UsageError, match="write this `id` as"):
        save_draft(state, data_dir, NIDA, SECOND, text, "", detectors=detectors)
    (drafts / "a_sly.yml").write_text(text, encoding="utf-8")
    found, faults = read_drafts(drafts, staged(state))
    assert "a_sly.yml" not in {one.path.name for one in found.values()}
    assert [one.line for one in faults if "a_sly" in one.file] == [2]
