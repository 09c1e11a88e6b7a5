"""What the tests of collectors share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from collect.keeping import Keeper, feed_of
from collect.senders import Opening


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opening]:
    """Open a feed at a door: ``port`` and ``protocol``, and more keys of YAML."""
    with ExitStack() as stack:

        def make(
            port: int,
            protocol: str,
            more: str = "",
            *,
            name: str = "tested",
            line_limit: int = 1 << 20,
            beside: Keeper | None = None,
        ) -> Keeper:
            collect = f'collect: {{transport: syslog, listen: "127.0.0.1:{port}", protocol: {protocol}{more}}}'
            doors = None if beside is None else beside.doors
            keeper = Keeper(feed_of(tmp_path, collect, name), line_limit=line_limit, doors=doors)
            stack.callback(keeper.close)
            return keeper

        yield make
