"""Opens the source of a feed of intelligence: by the way that its file names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.catalog.intel_ways import Folder, Http, Misp, MispFeed
from warroom.intel.sources.asking import Asker
from warroom.intel.sources.folder import FolderSource
from warroom.intel.sources.http import HttpSource
from warroom.intel.sources.misp import MispSource
from warroom.intel.sources.misp_feed import MispFeedSource
from warroom.intel.sources.source import Source
from warroom.intel.sources.taxii import TaxiiSource
from warroom.net import Network, Proxy

if TYPE_CHECKING:
    from warroom.catalog.intel_feeds import IntelFeed


def open_source(feed: IntelFeed, allowed: tuple[Network, ...] = (), proxy: Proxy | None = None) -> Source:
    """Open the source of a feed; nothing is asked for yet.

    Args:
        feed: as its file says it.
        allowed: networks that may be connected to though they are not public (WARROOM_OUTBOUND).
        proxy: by which others are asked by HTTP (WARROOM_PROXY); None: we connect ourselves.

    Raises:
        UsageError: a certificate's file cannot be read.
    """
    way = feed.collect
    if isinstance(way, Folder):
        return FolderSource(way.paths)
    asker = Asker(way, allowed, proxy)
    if isinstance(way, Http):
        return HttpSource(way.url, asker)
    if isinstance(way, MispFeed):
        return MispFeedSource(way.url, asker)
    if isinstance(way, Misp):
        return MispSource(way, asker)
    return TaxiiSource(way, asker)
