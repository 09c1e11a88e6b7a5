"""What a parser has to know of a feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.collect.heading import Heading
from warroom.log_formats import FORMATS
from warroom.parse import ParseContext

if TYPE_CHECKING:
    from datetime import datetime

    from warroom.catalog import Feed


def parse_context(feed: Feed, now: datetime, header: bytes = b"") -> ParseContext:
    """Give how a feed's lines are to be read."""
    return ParseContext(feed.format, feed.timezone, now, feed.mapping, header, options=feed.options)


def begins_of(feed: Feed) -> bytes | None:
    """Give how the first line of a feed's records begins; None where every line is a record."""
    return feed.options.begins.encode() or FORMATS[feed.format].begins


def heading_of(feed: Feed) -> Heading:
    """Give which lines of a feed's logs say how the others are to be read."""
    return Heading(FORMATS[feed.format].tells, first=feed.options.header)
