from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import update

from warroom.errors import LeaseError
from warroom.store.database import State, now_us
from warroom.store.lease import EXPIRES_AFTER_US, Lease
from warroom.store.tables import leases


def test_a_living_holder_keeps_others_out(state: State, lease: Lease) -> None:
    with pytest.raises(LeaseError, match="already writes"):
        Lease(state).take()
    lease.release()
    Lease(state).take()


def test_a_dead_process_loses_the_lease_at_once(state: State) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    first = Lease(state)
    first.take()
    with state.write() as connection:
        holder = connection.exec_driver_sql("SELECT holder FROM leases").scalar_one()
        host = holder.split(":")[0]
        connection.execute(update(leases).values(holder=f"{host}:{dead.pid}:0"))
    Lease(state).take()


def test_a_holder_that_was_suspended_too_long_cannot_go_on(state: State, lease: Lease) -> None:
    with state.write() as connection:
        connection.execute(update(leases).values(renewed_at=now_us() - EXPIRES_AFTER_US - 1))
    Lease(state).take()
    with pytest.raises(LeaseError, match="took over"):
        lease.renew()
    with pytest.raises(LeaseError, match="took over"), state.write() as connection:
        lease.check(connection)
