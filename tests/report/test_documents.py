from datetime import timedelta
from pathlib import Path

import pytest
from filled_forms import AT, answered
from making import an_alert, events, somebody

from warroom.access import Role
from warroom.access.roles import Permission
from warroom.catalog.forms import load_forms
from warroom.errors import ConflictError, ForbiddenError, NotFoundError, StoreError, UsageError
from warroom.incidents.grouping import group
from warroom.report import documents
from warroom.report.documents import Made, Wanted
from warroom.report.marking import Tlp
from warroom.store import incidents, printed
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State, now_us
from warroom.store.evidence_files import place_of
from warroom.store.lease import Lease
from warroom.store.sealed_tables import SEALED
from warroom.store.sealing import current
from warroom.store.views.documents import documents_of, documents_of_periods

LEAD, DPO, MALEE = (somebody(name, *Role) for name in ("somchai", "wipa", "malee"))
VIEWER = somebody("pim", Role.VIEWER)


@pytest.fixture
def one(state: State, data_dir: Path, lease: Lease) -> int:
    """An incident on tang_rat."""
    ids = EventIds(state)
    alerts = [an_alert()]
    commit(state, data_dir, Batch("web", "s", None, "{}", 1, events(1, ids.take(1)), 1, alerts=alerts), ids, lease)
    group(state, timedelta(hours=1))
    return 1


def wanted(incident: int | None, form: str = "ncsa_k2", **changed: object) -> Wanted:
    values = {"form": form, "incident_id": incident} | changed
    if "answers" not in changed:
        values["answers"] = answered(form)
    return Wanted(**values)  # type: ignore[arg-type]


def make(state: State, data_dir: Path, incident: int, **changed: object) -> Made:
    return documents.make_version(state, data_dir, LEAD, wanted(incident, **changed))


def test_a_version_is_kept_as_pdf_and_docx_under_its_hash_and_sealed(state: State, data_dir: Path, one: int) -> None:
    made = make(state, data_dir, one)
    (shown,) = documents_of(state, one).documents
    version = shown.versions[0].version
    assert (version.id, version.number, version.kind, version.tlp) == (made.version_id, 1, "complete", "amber+strict")
    assert version.answers == answered("ncsa_k2")
    assert documents.open_printed(state, data_dir, DPO, made.version_id).startswith(b"%PDF")
    assert documents.open_printed(state, data_dir, DPO, made.version_id, printed.DOCX).startswith(b"PK")
    with state.read() as connection:
        sealed = {
            name: list(current(connection, SEALED[name]))
            for name in ("documents", "document_versions", "printed_files")
        }
        log = incidents.log_of(connection, one)
    assert {name: len(told) for name, told in sealed.items()} == {
        "documents": 1,
        "document_versions": 1,
        "printed_files": 2,
    }
    (entry,) = [told for told in log if told.action == "document_made"]
    assert (entry.actor, entry.body["form"], entry.body["number"]) == ("somchai", "ncsa_k2", "1")
    assert "sent" not in {told.action for told in log}


def test_kor_2_goes_out_with_its_first_part_and_an_undetermined_level(state: State, data_dir: Path, one: int) -> None:
    form = load_forms()["ncsa_k2"]
    first = {key: told for key, told in answered(form).items() if key in {f.key for s in "กขค" for f in form.part(s)}}
    made = make(state, data_dir, one, answers=first | {"threat_level": "undetermined"}, kind="partial")
    assert made.missing == tuple(field.key for field in form.part("ง"))
    assert documents_of(state, one).documents[0].versions[0].version.missing == made.missing


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"answers": {}}, "lacks: reported_at.*a partial version may go without"),
        ({"answers": {"categories": ["7", "1"]}, "kind": "partial"}, "not one of the options"),
        ({"answers": {"colour": "red"}, "kind": "partial"}, "has no field"),
        ({"form": "pdpc_late", "kind": "partial"}, "versions of pdpc_late are: complete"),
        ({"form": "ncsa_k3"}, "is about: period"),
        ({"form": "nothing"}, "there is no form"),
        ({"language": "fr"}, "languages: th, en"),
        ({"secrecy": "none at all"}, "classes of secrecy"),
        ({"period": "x" * 30}, "at most 20"),
        ({"form": "ropa", "letter": True}, "has no letter"),
    ],
)
def test_what_is_no_version_is_refused_and_leaves_nothing(
    state: State, data_dir: Path, one: int, changed: dict[str, object], reason: str
) -> None:
    form = str(changed.get("form", "ncsa_k2"))
    told = {"answers": answered(form if form in load_forms() else "ncsa_k2")}
    with pytest.raises(UsageError, match=reason):
        make(state, data_dir, one, **(told | changed))
    assert documents_of(state, one).documents == ()


def test_a_closure_needs_the_end_and_what_was_learned(state: State, data_dir: Path, one: int) -> None:
    told = answered("ncsa_k2")
    with pytest.raises(UsageError, match=r"closure version of ncsa_k2 lacks: ended_at, lessons$"):
        make(
            state,
            data_dir,
            one,
            kind="closure",
            answers={k: v for k, v in told.items() if k not in ("ended_at", "lessons")},
        )
    assert make(state, data_dir, one, kind="closure").number == 1


def test_versions_are_counted_and_each_controller_has_its_own_document(state: State, data_dir: Path, one: int) -> None:
    assert [make(state, data_dir, one, kind=kind).number for kind in ("partial", "update", "complete")] == [1, 2, 3]
    assert make(state, data_dir, one, form="ncsa_k1", answers=answered("ncsa_k1")).number == 1
    with pytest.raises(NotFoundError):
        make(state, data_dir, one, controller_id=99)
    shown = documents_of(state, one).documents
    assert [(told.document.form, told.count) for told in shown] == [("ncsa_k1", 1), ("ncsa_k2", 3)]
    assert [told.version.number for told in shown[1].versions] == [3, 2, 1]


def test_somebody_else_verifies_then_approves(state: State, data_dir: Path, one: int) -> None:
    made = make(state, data_dir, one)
    with pytest.raises(ForbiddenError, match="who made a version"):
        documents.sign(state, LEAD, made.version_id, "verified")
    with pytest.raises(ConflictError, match="verified before"):
        documents.sign(state, DPO, made.version_id, "approved")
    documents.sign(state, DPO, made.version_id, "verified", "read line by line")
    with pytest.raises(ConflictError, match="verified already"):
        documents.sign(state, MALEE, made.version_id, "verified")
    documents.sign(state, MALEE, made.version_id, "approved")
    (version,) = documents_of(state, one).documents[0].versions
    assert [(told.step, told.actor, told.note) for told in version.signatures] == [
        ("verified", "wipa", "read line by line"),
        ("approved", "malee", ""),
    ]
    approved = version.signed("approved")
    assert approved is not None
    with pytest.raises(UsageError, match="verified or approved"):
        documents.sign(state, DPO, made.version_id, "sent")
    with state.read() as connection:
        assert [told.action for told in incidents.log_of(connection, one)][-2:] == [
            "document_verified",
            "document_approved",
        ]


def test_a_version_that_was_overtaken_is_not_signed(state: State, data_dir: Path, one: int) -> None:
    first = make(state, data_dir, one)
    make(state, data_dir, one, kind="update")
    with pytest.raises(ConflictError, match="newer version"):
        documents.sign(state, DPO, first.version_id, "verified")


@pytest.mark.parametrize("role", Role)
def test_who_approves_is_who_the_form_says(state: State, data_dir: Path, one: int, role: Role) -> None:
    actor = somebody("arun", role)
    for form, permission in (("ncsa_k2", Permission.SEND_REPORTS), ("pdpc_notification", Permission.DECIDE_BREACH)):
        made = make(state, data_dir, one, form=form, answers=answered(form), kind="partial")
        documents.sign(state, DPO, made.version_id, "verified")
        if actor.can(permission) and actor.can(Permission.PREPARE_REPORTS):
            documents.sign(state, actor, made.version_id, "approved")
        else:
            with pytest.raises(ForbiddenError):
                documents.sign(state, actor, made.version_id, "approved")


def test_other_platforms_and_periods_are_not_for_who_is_confined(state: State, data_dir: Path, one: int) -> None:
    made = make(state, data_dir, one)
    confined = somebody("arun", *Role, platforms=frozenset({"gdx"}))
    for refused in (
        lambda: documents.make_version(state, data_dir, confined, wanted(one)),
        lambda: documents.preview(state, confined, wanted(one)),
        lambda: documents.open_printed(state, data_dir, confined, made.version_id),
        lambda: documents.sign(state, confined, made.version_id, "verified"),
        lambda: documents.make_version(state, data_dir, confined, wanted(None, "ncsa_k3", period="2569")),
    ):
        with pytest.raises(ForbiddenError):
            refused()
    assert documents_of(state, one, scope=("gdx",)).documents == ()
    with pytest.raises(ForbiddenError):
        documents.make_version(state, data_dir, VIEWER, wanted(one))


def test_a_year_has_one_document(state: State, data_dir: Path) -> None:
    for number in (1, 2):
        made = documents.make_version(state, data_dir, LEAD, wanted(None, "ncsa_k3", period="2569"))
        assert made.number == number
    documents.sign(state, DPO, made.version_id, "verified")
    (shown,) = documents_of_periods(state).documents
    assert (shown.document.period, shown.count) == ("2569", 2)
    assert documents_of_periods(state, scope=("gdx",)).documents == ()


def test_a_file_that_was_changed_is_not_given_out(state: State, data_dir: Path, one: int) -> None:
    made = make(state, data_dir, one)
    sha256 = documents_of(state, one).documents[0].versions[0].version.pdf_sha256
    path = data_dir / place_of(sha256)
    path.write_bytes(path.read_bytes() + b"%")
    with pytest.raises(StoreError, match="was changed"):
        documents.open_printed(state, data_dir, LEAD, made.version_id)
    path.unlink()
    with pytest.raises(StoreError):
        printed.load_printed(data_dir, sha256)


def test_a_preview_is_a_draft_and_keeps_nothing(state: State, data_dir: Path, one: int) -> None:
    assert documents.preview(state, LEAD, wanted(one, answers={}, kind="complete")).startswith(b"%PDF")
    assert documents_of(state, one).documents == ()
    assert not (data_dir / "evidence").exists()


def test_what_stays_of_a_version_says_how_it_was_marked(state: State, data_dir: Path, one: int) -> None:
    make(state, data_dir, one, tlp=Tlp.RED, secrecy="very_secret", language="en", data_at=AT - 5)
    version = documents_of(state, one).documents[0].versions[0].version
    assert (version.tlp, version.secrecy, version.language, version.data_at) == ("red", "very_secret", "en", AT - 5)
    assert version.made_at <= now_us()
