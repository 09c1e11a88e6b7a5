"""What the worker does about its rules besides running them: loads them in their stages, tells of them, tunes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from warroom.bench.backfill import fill_gaps, mark_incidents
from warroom.bench.drafts import approved, drafts_folder, gone, read_drafts
from warroom.bench.loaded import loaded_rules
from warroom.bench.tuning import propose_tuning
from warroom.detect import RuleFiles
from warroom.store.database import now_us
from warroom.store.rules import hits, late, loaded, stages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warroom.catalog import Feed
    from warroom.detect import RuleSet
    from warroom.detect.usual import Usual
    from warroom.errors import Fault
    from warroom.settings import Settings
    from warroom.store.database import State
    from warroom.store.lease import Lease
    from warroom.store.rules.stages import Staged


class RuleCare:
    """The rules of a worker; each of its methods is a job or a step of one."""

    def __init__(self, settings: Settings, state: State, lease: Lease) -> None:
        self._settings, self._state, self._lease = settings, state, lease
        self._files = RuleFiles([settings.detectors], settings.cache_dir)
        self._drafts: dict[Path, str] = {}
        self._rules: RuleSet | None = None

    def look(self) -> dict[str, Staged]:
        """Give something that is equal as long as no rule goes to another stage."""
        with self._state.read() as connection:
            return stages.staged(connection)

    def load(self) -> tuple[RuleSet, list[Fault]]:
        """Load the rules in their stages, and the drafts that are to run; drafts at fault stop nothing.

        Raises:
            UsageError: the folder of detectors does not exist, or an archive cannot be read.
        """
        staged = self.look()
        folder = drafts_folder(self._settings.data_dir)
        drafts, faults = read_drafts(folder, staged)
        self._drafts = approved(drafts.values(), staged)
        self._rules = self._files.load({rule_id: one.stage for rule_id, one in staged.items()}, self._drafts)
        whole = self._rules.whole
        known = {rule.id for rule in whole.rules} | {one.id for one in whole.correlations} | drafts.keys()
        known |= {one.id for rule in whole.rules for one in rule.filters}
        return self._rules, [*faults, *gone(known, staged, folder)]

    def tell(self, rules: RuleSet, feeds: Iterable[Feed]) -> None:
        """Tell the console which rules are loaded, in any stage, and at which feeds they look."""
        loaded.tell(self._state, loaded_rules(rules, feeds, self._settings.detectors, self._drafts))

    def tune(self) -> int:
        """Propose to tune the rules of what was closed as a false alarm; how many proposals.

        Raises:
            LeaseError: another worker took over.
        """
        if self._rules is None:
            return 0
        return propose_tuning(self._state, self._settings.data_dir, self._lease, self._rules)

    def fill(self, usual: Usual) -> int:
        """Look again at times of which events came late, and mark incidents with what that raised; how many alerts.

        Raises:
            LeaseError: another worker took over.
            StoreError: stored events cannot be read.
        """
        if self._rules is None:
            return 0
        mark_incidents(self._state, self._lease)
        return fill_gaps(self._state, self._settings.data_dir, self._lease, self._rules, usual)

    def forget(self) -> None:
        """Once a day: drop figures that nobody looks at any more."""
        with self._state.write() as connection:
            self._lease.hold(connection)
            hits.forget(connection, now_us())
            late.forget(connection, now_us())
