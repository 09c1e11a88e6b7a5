"""The tables of finding and counting: events by minute, and what people keep of their searches and prefer.

On the state database's metadata. Times are integers, microseconds since 1970 UTC.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from warroom.store.tables import metadata

_number: Final = BigInteger().with_variant(Integer, "sqlite")

#: Events by minute and by hour of their own time, and platform: written with the events, so that no screen reads them.
#: ``told`` of them said how they ended, ``failures`` of those ended badly.
event_minutes, event_hours = (
    Table(
        f"event_{span}s",
        metadata,
        Column(span, BigInteger, primary_key=True, autoincrement=False),  # minutes or hours since 1970
        Column("platform_id", String, primary_key=True),
        Column("count", BigInteger, nullable=False),
        Column("told", BigInteger, nullable=False),
        Column("failures", BigInteger, nullable=False),
    )
    for span in ("minute", "hour")
)

#: Events by hour, platform and the country of their source, as far as they carry one.
event_countries = Table(
    "event_countries",
    metadata,
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("platform_id", String, primary_key=True),
    Column("country", String, primary_key=True),  # ISO 3166-1, two letters
    Column("count", BigInteger, nullable=False),
)

#: Tags of the rules that the worker has loaded, and how many rules carry each.
loaded_tags = Table(
    "loaded_tags",
    metadata,
    Column("tag", String, primary_key=True),
    Column("rules", Integer, nullable=False),
)

#: What a person searched for. Searches that name somebody's identifier are not kept; the audit has them, masked.
search_history = Table(
    "search_history",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("actor", String, nullable=False),
    Column("kind", String, nullable=False),  # events | incidents
    Column("text", Text, nullable=False),
    Column("span", String, nullable=False),  # a range's name, or two times
    Column("at", BigInteger, nullable=False),
    Index(None, "actor", "id"),
)

#: Searches with a name; a shared one is everybody's to use and its owner's to remove.
saved_searches = Table(
    "saved_searches",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("owner", String, nullable=False),
    Column("name", String, nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("kind", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("span", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "owner", "name", unique=True),
)

#: How a person wants the console to look.
preferences = Table(
    "preferences",
    metadata,
    Column("actor", String, primary_key=True),
    Column("name", String, primary_key=True),  # theme
    Column("value", String, nullable=False),
)
