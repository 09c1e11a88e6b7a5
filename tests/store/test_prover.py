from __future__ import annotations

import json
import os
import socket
import stat
import threading
from pathlib import Path

import pytest
from making import events, new_store
from proving import Kept
from sqlalchemy import delete, func, select, update

from warroom.errors import StoreError, UsageError
from warroom.store import days, heads, manifest
from warroom.store.audit import AuditAction, Entry, Via, append
from warroom.store.audit_tables import audit, proofs, segment_log
from warroom.store.audit_tables import heads as heads_table
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.compaction import ENOUGH, Compactor
from warroom.store.database import now_us
from warroom.store.lease import Lease
from warroom.store.prover import Places, Prover
from warroom.store.segments import Segment
from warroom.store.sending import append_lines
from warroom.store.signing import Signer, Trusted, UntrustedError
from warroom.store.tables import incidents
from warroom.store.verify import Broken, Evidence, verify

DAY_US = 86_400_000_000


def told(kept: Kept, action: AuditAction = AuditAction.EXPORT) -> None:
    with kept.state as state, state.write() as connection:
        append(connection, Entry("somchai", Via.CONSOLE, action))


def count(kept: Kept, table: object) -> int:
    with kept.state as state, state.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def test_a_head_is_signed_only_when_something_happened(kept: Kept) -> None:
    before = count(kept, heads_table)
    kept.prove()
    assert count(kept, heads_table) == before
    told(kept)
    kept.prove()
    assert count(kept, heads_table) == before + 1
    lines = [json.loads(line) for line in kept.copy.read_text().splitlines()]
    assert [line["number"] for line in lines if line["kind"] == "head"] == list(range(1, before + 2))


@pytest.mark.slow
def test_merging_keeps_the_proof_also_of_a_day_that_was_signed(kept: Kept) -> None:
    with kept.state as state:
        ids = EventIds(state)
        for _ in range(ENOUGH):
            kept.old_segment(state, ids, 5)
    kept.prove()
    signed = count(kept, proofs)
    with kept.state as state:
        lease = Lease(state, kept.data_dir)
        lease.take()
        assert Compactor(state, kept.data_dir, lease).run() == ENOUGH
        lease.release()
    report = kept.check()
    assert report.findings == []
    assert any("wait for their removal" in note for note in report.notes)
    kept.prove()
    assert count(kept, proofs) == signed + 1
    newest = json.loads(max((kept.data_dir / "proofs").glob("*.json")).read_text())
    (change,) = newest["changes"]
    assert (change["what"], len(change["removed"]), len(change["added"])) == ("merged", ENOUGH, 1)
    assert kept.check().findings == []


def test_a_segment_deleted_while_it_was_merged_does_not_come_back(kept: Kept) -> None:
    new = Segment("events/2026-01-01/x.parquet", "events", "web", "2026-01-01", 1, 1, "0" * 64, 1, 1, 1, 1)
    with (
        kept.state as state,
        pytest.raises(StoreError, match="deleted meanwhile"),
        state.write() as connection,
    ):
        manifest.replace(connection, ["events/gone.parquet"], new)


def test_the_segments_log_is_cut_off_where_signed_lists_prove_it(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.copy.parent.mkdir()
    kept.data_dir.mkdir()
    with new_store(kept.data_dir / "state.db") as state:
        kept.prove()
        ids = EventIds(state)
        for days_ago in (5, 4):
            kept.old_segment(state, ids, days_ago)
        kept.prove()
        kept.old_segment(state, ids, 3)
        with state.write() as connection:
            assert days.prune_log(connection, now_us()) == 0  # the lists are too young
            assert days.prune_log(connection, now_us() + 8 * DAY_US) == 2
    assert kept.check().findings == []
    kept.prove()
    with kept.state as state, state.write() as connection:
        assert days.prune_log(connection, now_us() + 8 * DAY_US) == 0  # the log's end stays
        connection.execute(delete(segment_log))
    assert {one.kind for one in kept.check().findings} == {Broken.LOG_TRUNCATED}


def test_heads_of_long_ago_go_and_the_newest_stays(kept: Kept) -> None:
    with kept.state as state, state.write() as connection:
        heads.prune(connection, now_us() + 100 * DAY_US)
    assert count(kept, heads_table) == 1
    told(kept)
    kept.prove()
    assert kept.check(copy=False).findings == []


def test_a_file_that_cannot_be_written_gets_everything_later(kept: Kept) -> None:
    lines = kept.copy.read_text()
    kept.copy.unlink()
    kept.copy.mkdir()
    told(kept)
    kept.prove()
    kept.copy.rmdir()
    kept.copy.write_text(lines)
    told(kept)
    kept.prove()
    assert kept.check().findings == []
    assert len(kept.copy.read_text().splitlines()) == len(lines.splitlines()) + 2


def test_a_crash_while_writing_is_told_from_a_change(kept: Kept) -> None:
    whole = kept.copy.read_text()
    torn = whole[: len(whole) - 200]
    kept.copy.write_text(torn)
    append_lines(kept.copy, [whole.splitlines()[-1]])
    assert kept.check().findings == []
    kept.copy.write_text(f"{torn}\n{whole.splitlines()[0]}\n")
    assert {one.kind for one in kept.check().findings} == {Broken.HEAD_CHANGED, Broken.HEAD_MISSING}


@pytest.mark.slow
def test_a_worker_that_goes_on_meanwhile_is_no_finding(kept: Kept) -> None:
    stop = threading.Event()

    def work() -> None:
        with kept.state as state:
            lease = Lease(state, kept.data_dir)
            lease.take()
            prover = Prover(state, kept.data_dir, lease, Places(kept.key, kept.copy, None))
            ids, number = EventIds(state), 0
            while not stop.is_set():
                number += 1
                batch = Batch("web", f"n{number}", None, "{}", 2, events(2, ids.take(2)), 2)
                commit(state, kept.data_dir, batch, ids, lease)
                prover.run()
            lease.release()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        found = [one for _ in range(10) for one in kept.check().findings]
    finally:
        stop.set()
        worker.join()
    assert found == []


def test_syslog_gets_heads_and_a_collected_copy_is_compared(kept: Kept) -> None:
    place = kept.folder / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(place))
        server.settimeout(10)
        told(kept)
        with kept.state as state:
            lease = Lease(state, kept.data_dir)
            lease.take()
            Prover(state, kept.data_dir, lease, Places(kept.key, None, place)).run()
            lease.release()
        got = server.recv(1 << 16).decode()
    collected = kept.folder / "collected.log"
    collected.write_text(f"Nov 22 07:00:00 host {got}\n")

    def compared() -> list[Broken]:
        with kept.state as state:
            evidence = Evidence(state, kept.data_dir, Trusted.of(Signer.open(kept.key)), collected, copy_complete=False)
            return [one.kind for one in verify(evidence, lambda *_: None).findings]

    assert compared() == []
    with kept.state as state, state.write() as connection:
        last = connection.scalar(select(func.max(heads_table.c.number)))
        connection.execute(delete(heads_table).where(heads_table.c.number == last))
        connection.execute(delete(audit).where(audit.c.seq == connection.scalar(select(func.max(audit.c.seq)))))
    assert set(compared()) == {Broken.HEAD_MISSING, Broken.ENTRIES_TRUNCATED}


def test_without_a_file_elsewhere_the_tail_is_said_to_be_unprotected(kept: Kept) -> None:
    assert any(note.startswith("tail unprotected") for note in kept.check(copy=False).notes)


def test_what_was_there_before_the_chains_is_taken_into_them(kept: Kept) -> None:
    with kept.state as state, state.write() as connection:
        for table in (audit, segment_log, heads_table, proofs):
            connection.execute(delete(table))
    kept.copy.unlink()
    for path in (kept.data_dir / "proofs").glob("*.json"):
        path.unlink()
    assert kept.check(copy=False).findings == []
    assert any("nothing is proven yet" in note for note in kept.check(copy=False).notes)
    kept.prove()
    assert kept.check().findings == []
    with kept.state as state, state.write() as connection:
        connection.execute(update(incidents).where(incidents.c.id == 1).values(title="harmless"))
    assert [one.kind for one in kept.check().findings] == [Broken.ROW_CHANGED]


def test_a_new_key_is_told_in_the_chain(kept: Kept) -> None:
    kept.key.unlink()
    kept.prove()
    with kept.state as state, state.read() as connection:
        newest = connection.execute(select(audit).order_by(audit.c.seq.desc()).limit(1)).one()
    assert (newest.action, newest.subject_kind) == ("settings_changed", "signing_key")


def test_the_key_is_private_and_a_public_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "signing.key"
    signer = Signer.open(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Signer.open(path).key_id == signer.key_id
    path.chmod(0o640)
    with pytest.raises(UsageError, match="others may read"):
        Signer.open(path)
    path.chmod(0o600)
    path.write_bytes(signer.public_pem())
    with pytest.raises(UsageError, match="no private key"):
        Signer.open(path)
    assert not [name for name in os.listdir(path.parent) if name.endswith(".tmp")]  # noqa: PTH208


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", "[" * 100_000, '{"key":[],"kind":"head","signature":"AAAA"}', '{"signature":7}']
)
def test_what_is_no_document_is_refused(tmp_path: Path, text: str) -> None:
    trusted = Trusted.of(Signer.open(tmp_path / "signing.key"))
    with pytest.raises(UntrustedError):
        trusted.opened(text)


def test_a_document_is_what_was_signed_and_nothing_else(tmp_path: Path) -> None:
    signer = Signer.open(tmp_path / "signing.key")
    trusted = Trusted.of(signer)
    text = signer.sign("head", {"number": 1})
    assert trusted.opened(text)["number"] == 1
    for other in (text.replace(":1", ":2"), text.replace('"head"', '"day"'), text + " ", text.replace(",", ", ", 1)):
        with pytest.raises(UntrustedError):
            trusted.opened(other)
    with pytest.raises(UntrustedError, match="not trusted"):
        Trusted.of(Signer.open(tmp_path / "other.key")).opened(text)
