"""What leaves: who may take it, what is masked, in what it is wrapped, and that it is written down."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pysequoia
import pytest
from casefiles import PHONE
from making import somebody
from sqlalchemy import insert, select

from warroom.access import Role
from warroom.catalog.playbooks import load_playbooks
from warroom.errors import ForbiddenError, NotFoundError, UsageError
from warroom.incidents import actions, tagging
from warroom.report import contacts as register
from warroom.report.clearance import Wanted
from warroom.report.exporting import changes_since, export_case
from warroom.report.marking import Tlp
from warroom.report.packing import MANIFEST, SUMS
from warroom.settings import ROOT
from warroom.store import contacts, evidence_files, exports, playbook_runs
from warroom.store import incidents as store
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.database import State
from warroom.store.response_tables import document_signatures, document_versions, documents

LEAD, LIAISON = somebody("somchai"), somebody("kanya", Role.LIAISON)
ANALYST, VIEWER = somebody("anong", Role.ANALYST), somebody("malee", Role.VIEWER)
PACK = Wanted(("pack",), Tlp.AMBER_STRICT)
WHY = "asked for by the investigators of the agency"


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def test_a_pack_holds_every_format_its_manifest_and_its_sums(state: State, data_dir: Path, one: int) -> None:
    made = export_case(state, data_dir, one, LEAD, replace(PACK, recipient="NCSA", statement="Answer today."))
    assert made.name == "incident-1.zip"
    assert made.sha256 == hashlib.sha256(made.data).hexdigest()
    files = members(made.data)
    told = json.loads(files[MANIFEST])
    assert told["made"] | {"at": "", "tool": ""} == {
        "at": "",
        "by": "somchai",
        "recipient": "NCSA",
        "tlp": "TLP:AMBER+STRICT",
        "statement": "Answer today.",
        "personal_data": "masked",
        "tool": "",
    }
    assert {row["name"] for row in told["files"]} == files.keys() - {MANIFEST, SUMS}
    assert {"incident.stix.json", "incident.misp.json", "incident.iodef.xml", "timeline.csv"} <= files.keys()
    for row in told["files"]:
        assert (len(files[row["name"]]), hashlib.sha256(files[row["name"]]).hexdigest()) == (
            row["bytes"],
            row["sha256"],
        )
    sums = dict(line.split("  ")[::-1] for line in files[SUMS].decode().splitlines())
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != SUMS}


def test_personal_data_leaves_only_with_a_reason_a_name_and_a_strict_mark(
    state: State, data_dir: Path, one: int
) -> None:
    for data in members(export_case(state, data_dir, one, LEAD, PACK).data).values():
        assert PHONE.encode() not in data
    open_ = replace(PACK, recipient="The police", reveal=WHY)
    for wrong in (replace(open_, reveal="why"), replace(open_, recipient=""), replace(open_, tlp=Tlp.GREEN)):
        with pytest.raises((UsageError, ForbiddenError)):
            export_case(state, data_dir, one, LEAD, wrong)
    with pytest.raises(ForbiddenError, match="reveal_personal_data"):
        export_case(state, data_dir, one, LIAISON, open_)
    made = export_case(state, data_dir, one, LEAD, open_)
    assert PHONE.encode() in members(made.data)["timeline.csv"]
    assert json.loads(members(made.data)[MANIFEST])["made"]["personal_data"] == "as it is"
    with state.read() as connection:
        (entry,) = read(connection, Filter(actions=[AuditAction.REVEAL])).entries
        assert json.loads(entry.body)["reason"] == WHY
        # what later sendings are compared with never holds it
        assert PHONE not in json.dumps(exports.snapshot_of(connection, made.export_id), ensure_ascii=False)


def test_red_is_for_somebody_and_wide_marks_are_set_by_who_releases(state: State, data_dir: Path, one: int) -> None:
    with pytest.raises(UsageError, match="named recipients"):
        export_case(state, data_dir, one, LEAD, replace(PACK, tlp=Tlp.RED))
    export_case(state, data_dir, one, LEAD, replace(PACK, tlp=Tlp.RED, recipient="Wipa of NCSA"))
    with pytest.raises(ForbiddenError, match="send_reports"):
        export_case(state, data_dir, one, LEAD, replace(PACK, tlp=Tlp.CLEAR))
    export_case(state, data_dir, one, LIAISON, replace(PACK, tlp=Tlp.CLEAR))


def test_who_may_not_export_gets_nothing(state: State, data_dir: Path, one: int) -> None:
    for actor in (ANALYST, VIEWER, somebody("other", platforms=frozenset({"gdx"}))):
        with pytest.raises(ForbiddenError):
            export_case(state, data_dir, one, actor, PACK)
    with pytest.raises(NotFoundError):
        export_case(state, data_dir, 99, LEAD, PACK)
    for wrong in ("exe", ""):
        with pytest.raises(UsageError):
            export_case(state, data_dir, one, LEAD, replace(PACK, formats=(wrong,) if wrong else ()))
    with state.read() as connection:
        assert exports.of_incident(connection, one) == ([], 0)


def test_every_export_is_a_row_an_audit_entry_and_an_entry_of_the_log(state: State, data_dir: Path, one: int) -> None:
    made = export_case(state, data_dir, one, LEAD, Wanted(("stix",), Tlp.AMBER, recipient=f"Somying {PHONE}"))
    assert made.name == "incident-1-incident.stix.json"
    assert json.loads(made.data)["type"] == "bundle"
    with state.read() as connection:
        (row,), total = exports.of_incident(connection, one)
        (entry,) = read(connection, Filter(actions=[AuditAction.EXPORT])).entries
        log = store.log_of(connection, one)[-1]
    assert (row.id, row.formats, row.sha256, row.bytes, total) == (
        made.export_id,
        ("stix",),
        made.sha256,
        len(made.data),
        1,
    )
    assert (entry.actor, entry.subject_kind, entry.subject_id) == ("somchai", "incident", "1")
    assert PHONE not in entry.body
    assert (log.action, log.body["tlp"]) == ("exported", "TLP:AMBER")


def test_the_same_incident_is_the_same_file_although_it_was_exported_before(
    state: State, data_dir: Path, one: int
) -> None:
    first, second = (export_case(state, data_dir, one, LEAD, Wanted(("csv", "ocsf"), Tlp.AMBER)) for _ in range(2))
    files = [members(made.data) for made in (first, second)]
    for name in ("alerts.csv", "entities.csv", "timeline.csv"):
        assert files[0][name] == files[1][name]


def test_a_later_pack_says_what_is_new_for_this_recipient(state: State, data_dir: Path, one: int) -> None:
    to_ncsa = replace(PACK, recipient="NCSA")
    first = export_case(state, data_dir, one, LEAD, to_ncsa)
    assert json.loads(members(first.data)["changes.json"])["first"] is True
    assert changes_since(state, first.export_id, LEAD) == ()
    actions.acknowledge(state, one, LEAD)
    actions.note(state, one, LEAD, "the address is blocked")
    tagging.tag(state, one, LEAD, "registration")
    found = {(row.section, row.kind, row.key) for row in changes_since(state, first.export_id, LEAD)}
    assert ("incident", "changed", "status") in found
    assert ("tags", "added", "registration") in found
    files = members(export_case(state, data_dir, one, LEAD, to_ncsa).data)
    told = json.loads(files["changes.json"])
    assert told["first"] is False
    assert {(row["section"], row["kind"], row["key"]) for row in told["changes"]} == found
    assert "the address is blocked" in files["changes.en.txt"].decode()
    assert "เพิ่ม:" in files["changes.th.txt"].decode()
    other = members(export_case(state, data_dir, one, LEAD, replace(PACK, recipient="PDPC")).data)
    assert json.loads(other["changes.json"])["first"] is True
    with pytest.raises(ForbiddenError):
        changes_since(state, first.export_id, somebody("other", platforms=frozenset({"gdx"})))


def test_documents_leave_when_they_were_approved_and_under_no_wider_mark(
    state: State, data_dir: Path, one: int
) -> None:
    sha256 = evidence_files.keep(data_dir, b"%PDF-1.7 a notice")
    version = add_version(state, one, sha256)
    with pytest.raises(UsageError, match="draft"):
        export_case(state, data_dir, one, LEAD, Wanted(("pdf",), Tlp.AMBER_STRICT))
    with state.write() as connection:
        signed = {"version_id": version, "step": "approved", "note": "", "at": 1, "actor": "kanya"}
        connection.execute(insert(document_signatures).values(**signed))
    made = export_case(state, data_dir, one, LEAD, Wanted(("pdf",), Tlp.AMBER_STRICT))
    assert made.data == b"%PDF-1.7 a notice"
    whole = export_case(state, data_dir, one, LEAD, replace(PACK, tlp=Tlp.AMBER))
    assert [row.why for row in whole.left_out] == [
        "it is marked TLP:AMBER+STRICT, which is stricter than this pack"
    ] * 2
    (data_dir / evidence_files.place_of(sha256)).write_bytes(b"another")
    with pytest.raises(UsageError, match="not what was printed"):
        export_case(state, data_dir, one, LEAD, Wanted(("pdf",), Tlp.AMBER_STRICT))


def add_version(state: State, incident_id: int, pdf: str) -> int:
    """A version of a notice, as it is stored."""
    with state.write() as connection:
        row = {"incident_id": incident_id, "form": "pdpc_notification", "period": "", "made_at": 1, "made_by": "wipa"}
        connection.execute(insert(documents).values(**row))
        texts = {"answers": "{}", "missing": "[]", "tlp": "TLP:AMBER+STRICT", "secrecy": "", "docx_sha256": "0" * 64}
        version = {"document_id": 1, "number": 1, "kind": "complete", "language": "th", "pdf_sha256": pdf}
        connection.execute(insert(document_versions).values(**version, **texts, data_at=1, made_at=1, made_by="wipa"))
        return int(connection.scalars(select(document_versions.c.id)).one())


@pytest.fixture
def reader(gpg: list[str]) -> list[str]:
    """GnuPG with a key without a password."""
    wanted = ["--quick-generate-key", "NCSA <ncsa@example.go.th>", "default", "default", "2y"]
    subprocess.run([*gpg, *wanted], check=True, capture_output=True, timeout=60)
    return gpg


def test_a_pack_for_a_contact_with_a_key_is_opened_by_nobody_else(
    state: State, data_dir: Path, one: int, reader: list[str]
) -> None:
    exported = [*reader, "--armor", "--export", "ncsa@example.go.th"]
    key = subprocess.run(exported, check=True, capture_output=True, timeout=60).stdout.decode()
    told = register.Told("ncsa", "NCSA", name="Wipa", email="ncsa@example.go.th", pgp_key=key)
    number = register.add_contact(state, LEAD, told)
    made = export_case(state, data_dir, one, LEAD, replace(PACK, tlp=Tlp.RED, contact_id=number, reveal=WHY))
    assert (made.name, made.encrypted) == ("incident-1.zip.asc", True)
    assert made.data.startswith(b"-----BEGIN PGP MESSAGE-----")
    opened = subprocess.run([*reader, "--decrypt"], input=made.data, check=True, capture_output=True, timeout=60).stdout
    assert json.loads(members(opened)[MANIFEST])["made"]["recipient"] == "NCSA, Wipa"
    with pytest.raises(UsageError, match="is encrypted"):
        export_case(state, data_dir, one, LEAD, replace(PACK, tlp=Tlp.RED, contact_id=number, encrypt=False))
    plain = export_case(state, data_dir, one, LEAD, replace(PACK, contact_id=number, encrypt=False))
    assert MANIFEST in members(plain.data)
    register.remove_contact(state, LEAD, number)
    with pytest.raises(UsageError, match="taken out of the register"):
        export_case(state, data_dir, one, LEAD, replace(PACK, contact_id=number))


def test_a_key_that_expired_since_is_refused_and_nothing_leaves(state: State, data_dir: Path, one: int) -> None:
    # such a key was good when it was entered
    key = pysequoia.Tsk.generate("NCSA <ncsa@example.go.th>", validity_seconds=1).extract_certificate()
    told = register.Told("ncsa", "NCSA", email="ncsa@example.go.th", pgp_key=str(key))
    with state.write() as connection:
        number = contacts.add(connection, told, 1, "somchai")
    with pytest.raises(UsageError, match=r"cannot be used: it expired on \d{4}-\d\d-\d\d; ask for a new one"):
        export_case(state, data_dir, one, LEAD, replace(PACK, contact_id=number))
    with state.read() as connection:
        assert exports.of_incident(connection, one)[1] == 0


def test_the_playbook_of_an_incident_goes_along_and_one_that_was_tampered_with_does_not(
    state: State, data_dir: Path, one: int
) -> None:
    playbook = load_playbooks(ROOT / "playbooks")[0]["personal_data_breach"]
    body = playbook.body
    begun = playbook_runs.Begun(one, playbook.id, playbook.version, playbook.sha256, "", 1, "somchai")
    with state.write() as connection:
        playbook_runs.add(connection, begun, body)
        playbook_runs.add(connection, begun, body.replace("}", "} "))
    made = export_case(state, data_dir, one, LEAD, PACK)
    told = json.loads(members(made.data)["playbook-1-personal-data-breach.cacao.json"])
    assert (told["type"], told["spec_version"]) == ("playbook", "cacao-2.0")
    assert [row.name for row in made.left_out] == ["playbook-2-personal-data-breach.cacao.json"]
