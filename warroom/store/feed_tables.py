"""The tables of how feeds are doing beyond their account: what was delivered, lost, usual, and whose clock is off.

Times are integers, microseconds since 1970 UTC. All of it is counted or measured, none of it is evidence.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from warroom.store.tables import metadata

#: Names under which senders delivered what is committed: one that is sent again is not taken twice.
deliveries = Table(
    "deliveries",
    metadata,
    Column("feed_id", String, primary_key=True),
    Column("delivery_id", String, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Index(None, "at"),
)

#: What sources lost before we had it, by the minute in which we learnt of it.
losses = Table(
    "losses",
    metadata,
    Column("feed_id", String, primary_key=True),
    Column("minute", BigInteger, primary_key=True),  # minutes since 1970
    Column("kind", String, primary_key=True),  # kernel: datagrams that the kernel dropped; …
    Column("count", BigInteger, nullable=False),
)

#: Records received by feed and hour: from them the usual rate of an hour of the week is learnt.
feed_hours = Table(
    "feed_hours",
    metadata,
    Column("feed_id", String, primary_key=True),
    Column("hour", BigInteger, primary_key=True),  # hours since 1970
    Column("received", BigInteger, nullable=False),
)

#: How far the clocks of senders are from ours, as far as it could be measured last.
clock_skews = Table(
    "clock_skews",
    metadata,
    Column("feed_id", String, primary_key=True),
    Column("host", String, primary_key=True),
    Column("basis", String, primary_key=True),  # arrival: by when its events came; ntp: by its own time service
    Column("skew_us", BigInteger, nullable=False),  # its clock less the right time
    Column("spread_us", BigInteger, nullable=False),  # how uncertain that is, to either side
    Column("samples", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

#: What each address of a platform answered when it was tried last.
probe_states = Table(
    "probe_states",
    metadata,
    Column("feed_id", String, primary_key=True),
    Column("target", String, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("up", Integer, nullable=False),  # 1 or 0 …
    Column("since", BigInteger, nullable=False),  # … and since when
    Column("status", Integer),  # of HTTP
    Column("latency_us", BigInteger),
    Column("certificate_until", BigInteger),
    Column("addresses", Text, nullable=False, default="[]"),  # JSON: what its name led to
    Column("reason", Text),
)

#: How often an address of a platform was tried in a quarter of an hour, and how often it did not answer as it should.
probe_quarters = Table(
    "probe_quarters",
    metadata,
    Column("feed_id", String, primary_key=True),
    Column("target", String, primary_key=True),
    Column("quarter", BigInteger, primary_key=True),  # quarters of an hour since 1970
    Column("tries", BigInteger, nullable=False),
    Column("failures", BigInteger, nullable=False),
)
