"""Entering screens as somebody of the staff by Streamlit's own test runner: what the tests of these screens share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from warroom.store import accounts as rows
from warroom.store import audit
from warroom.store.audit import AuditAction, Filter, Stored
from warroom.store.database import State

Enter = Callable[..., AppTest]
#: Streamlit asks for the session's context, which its own test runner has not got.
quick = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def script(token: str) -> None:
    """The console for whoever has this session; a browser sends it as a cookie."""
    from functools import partial  # noqa: PLC0415  a script of its own

    from console.admin_seeding import doorkeeper  # noqa: PLC0415

    from warroom.console import frame  # noqa: PLC0415

    frame.run(partial(doorkeeper, token))


def page(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(str(element.proto.body) for element in app.get("html"))


def entries(state: State, *actions: AuditAction) -> list[Stored]:
    with state.read() as connection:
        return audit.read(connection, Filter(actions=actions), limit=500).entries


def account(state: State, name: str) -> rows.Account:
    with state.read() as connection:
        return rows.by_key(connection, name)
