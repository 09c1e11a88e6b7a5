"""The cast of a scenario: each platform's ordinary people, and each attack's and stream's own pools and places."""

from __future__ import annotations

from collections import ChainMap
from ipaddress import ip_network
from typing import TYPE_CHECKING, Final

from warroom.catalog import load_platforms
from warroom.drill.people import generator
from warroom.drill.steps.acting import Log, Place
from warroom.drill.steps.pools import Pools
from warroom.drill.steps.script import HERE
from warroom.drill.steps.streams import Flow

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from warroom.drill.scenario import Scenario
    from warroom.drill.steps.pools import Networks
    from warroom.drill.steps.script import Script, StepsAttack

#: The networks inside: 10.20.0.0/16 is the first platform's.
_FIRST_INSIDE: Final = 20


class Cast:
    """Makes people once for each platform; the same for the same seed."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._scenario = scenario
        self._seed = seed
        self._inside = {name: number for number, name in enumerate(load_platforms(), start=_FIRST_INSIDE)}
        self._people: dict[str, Pools] = {}
        self._logs = {log.id: Log(log.id, log.format, scenario.kinds.record(log.source)) for log in scenario.logs}

    def place_of(self, attack: StepsAttack, rng: random.Random) -> Place:
        """Give where an attack is played: its platform's people besides its own, and its own networks."""
        networks = attack.networks or self._networks(attack.platform)
        return self._place(attack, attack.platform, rng, networks, self._logs, attack.id)

    def flows(self) -> list[Flow]:
        """Give the ordinary streams: those of each log's kind, and the scenario's own."""
        found = []
        for log in self._scenario.logs:
            kind = self._scenario.kinds.kinds.get(log.source or "")
            if kind is None or not log.ordinary:
                continue
            for stream in kind.streams:
                rng = generator(self._seed, "stream", log.id, stream.id)
                logs = {HERE: self._logs[log.id]}
                place = self._place(stream, log.platform, rng, self._networks(log.platform), logs, None)
                found.append(Flow(stream, place, log.ordinary))
        for stream in self._scenario.streams:
            platform = self._scenario.log(stream.written()[0]).platform
            rng = generator(self._seed, "stream", stream.id)
            place = self._place(stream, platform, rng, self._networks(platform), self._logs, None)
            found.append(Flow(stream, place, 1.0))
        return found

    def _place(
        self,
        script: Script,
        platform: str,
        rng: random.Random,
        networks: Networks,
        logs: Mapping[str, Log],
        attack: str | None,
    ) -> Place:
        words = self._words(platform)
        own = Pools(script.pools, (self._seed, "pool", rng.random()), networks, words)
        return Place(rng, ChainMap(own, self._everybody(platform)), networks, words, logs, attack)

    def _everybody(self, platform: str) -> Pools:
        if platform not in self._people:
            whose = (self._seed, "people", platform)
            networks, words = self._networks(platform), self._words(platform)
            self._people[platform] = Pools(self._scenario.kinds.people, whose, networks, words)
        return self._people[platform]

    def _networks(self, platform: str) -> Networks:
        return (ip_network(f"10.{self._inside[platform]}.0.0/16"),)

    def _words(self, platform: str) -> dict[str, object]:
        return {"platform": platform.replace("_", "-"), "agency": f"{self._inside[platform]:03d}"}
