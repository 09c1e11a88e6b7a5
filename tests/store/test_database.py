from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from warroom.errors import StoreError
from warroom.store.database import State
from warroom.store.tables import meta


def test_two_writers_lose_no_update(state: State) -> None:
    with state.write() as connection:
        connection.execute(insert(meta).values(key="n", value="0"))

    def add() -> None:
        for _ in range(50):
            with state.write() as connection:
                value = int(connection.scalar(select(meta.c.value).where(meta.c.key == "n")) or 0)
                connection.execute(update(meta).where(meta.c.key == "n").values(value=str(value + 1)))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with state.read() as connection:
        assert connection.scalar(select(meta.c.value).where(meta.c.key == "n")) == "200"


def test_a_reader_cannot_write(state: State) -> None:
    with pytest.raises(StoreError, match="readonly"), state.read() as connection:
        connection.execute(insert(meta).values(key="n", value="0"))


def test_a_write_raises_its_topics_and_a_failed_one_none(state: State) -> None:
    before = state.versions().get("incidents", 0)
    with state.write("incidents"):
        pass
    with pytest.raises(ValueError, match="stopped"), state.write("incidents"):
        raise ValueError("stopped")
    assert state.versions()["incidents"] == before + 1


def test_migrating_twice_changes_nothing_and_the_file_is_private(state: State, data_dir: Path) -> None:
    state.migrate()
    assert stat.S_IMODE((data_dir / "state.db").stat().st_mode) == 0o600


def test_reading_where_no_store_is_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"\./run up"), State(f"sqlite:///{tmp_path}/none.db").read() as connection:
        connection.execute(select(meta))
