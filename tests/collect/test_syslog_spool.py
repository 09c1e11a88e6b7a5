from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.collect import syslog_spool
from warroom.collect.syslog_spool import Record, Spool

RECORDS = st.lists(st.builds(Record, st.binary(max_size=20), st.sampled_from(["192.0.2.7", "::1 (เว็บ)"]), st.just("")))


@settings(max_examples=25)
@given(batches=st.lists(RECORDS, max_size=6), committed=st.integers(0, 40), cut=st.integers(0, 30))
def test_what_was_taken_and_not_committed_is_read_again_in_order(
    batches: list[list[Record]], committed: int, cut: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "spool"
        added: list[Record] = []
        folder.mkdir()
        for batch in batches:  # the process dies after each batch
            spool = Spool(folder, 0)
            assert spool.left == added
            spool.add(batch)
            added += batch
            spool.close()
        with (folder / f"{len(added):020d}.spool").open("ab") as torn:  # and in the middle of the next
            torn.write(b"\0\0\0\x40\x12\x34\x56\x78rest"[:cut])
        committed = min(committed, len(added))
        spool = Spool(folder, committed)
        assert spool.left == added[committed:]
        spool.drop(len(added))
        spool.close()


def test_segments_go_when_all_in_them_is_committed(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 7)
    big = Record(b"x" * syslog_spool._SEGMENT_BYTES, "192.0.2.7", "too long")  # noqa: SLF001
    for _ in range(3):
        spool.add([big, big._replace(data=b"small")])
    assert len(list(tmp_path.iterdir())) == 3
    spool.drop(10)
    assert len(list(tmp_path.iterdir())) == 2
    spool.close()
    assert Spool(tmp_path, 12).left == [big._replace(data=b"small")]
