"""What the worker does by the clock besides reading feeds: for people on duty, for intelligence, for the rules."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import structlog

from warroom.access.keys import load_key
from warroom.bench.rule_care import RuleCare
from warroom.catalog.ncsa import load_ncsa
from warroom.catalog.playbook_folder import PlaybookFolder
from warroom.detect import RuleSet
from warroom.incidents import suppressing
from warroom.incidents.announcing import announce
from warroom.incidents.channels import opener
from warroom.incidents.classifying import Known, propose
from warroom.incidents.escalating import escalate
from warroom.intel_keeper import IntelKeeper
from warroom.learning import learn, usual_of
from warroom.net import proxy_from
from warroom.notify.courier import Courier
from warroom.notify.delivering import Delivery
from warroom.pipeline import Pipeline
from warroom.reporting import make_due
from warroom.respond.playbook_starts import PlaybookStarts
from warroom.respond.starting import Facts
from warroom.respond.warning import warn
from warroom.settings import Settings
from warroom.store.database import State, now_us
from warroom.store.lease import Lease

_QUIET_EVERY_SECONDS: Final = 5
_DUTY_EVERY_SECONDS: Final = 5
_PLAYBOOKS_EVERY_SECONDS: Final = 5
_CLOCKS_EVERY_SECONDS: Final = 30
_DELIVERY_EVERY_SECONDS: Final = 3
_REPORTS_EVERY_SECONDS: Final = 60
_INTEL_EVERY_SECONDS: Final = 2
_LOOK_BACK_EVERY_SECONDS: Final = 5
_NEWS_EVERY_SECONDS: Final = 60
_TUNING_EVERY_SECONDS: Final = 10
_FILLING_EVERY_SECONDS: Final = 30
_LEARNING_EVERY_SECONDS: Final = 600

log = structlog.get_logger()


class Routines:
    """Jobs of the house over one data folder: ``begin`` hands them to a schedule, ``use`` says which rules run."""

    def __init__(
        self,
        settings: Settings,
        state: State,
        lease: Lease,
        pipeline: Pipeline,
        intel: IntelKeeper,
        rule_care: RuleCare,
        ended: threading.Event,
    ) -> None:
        self._settings = settings
        self._state, self._lease = state, lease
        self._pipeline = pipeline
        self._intel = intel
        self._rule_care = rule_care
        self._rules = RuleSet([])
        self._playbooks = PlaybookFolder(settings.playbooks)
        self._playbook_starts = PlaybookStarts(state, lease, _categories)
        host = settings.hosts.partition(",")[0].strip()
        self._delivery = Delivery(
            state,
            lease,
            opener(load_key(settings.data_dir)),
            Courier(settings.outbound, proxy=proxy_from(settings), ended=ended),
            link=f"https://{host}" if host else "",
        )
        self._ended = ended

    def use(self, rules: RuleSet) -> None:
        """Learn for these rules from now on."""
        self._rules = rules

    def begin(self, every: Callable[[float, str, Callable[[], object]], None]) -> None:
        """Hand all jobs over, each with how often it runs (in seconds) and its name."""
        every(_QUIET_EVERY_SECONDS, "quiet", self.give_back)
        every(_DUTY_EVERY_SECONDS, "duty", self.keep_duty)
        every(_PLAYBOOKS_EVERY_SECONDS, "playbooks", self.start_playbooks)
        every(_CLOCKS_EVERY_SECONDS, "legal clocks", self.warn)
        every(_DELIVERY_EVERY_SECONDS, "delivery", self._delivery.run)
        every(_REPORTS_EVERY_SECONDS, "reports", self.make_reports)
        every(_INTEL_EVERY_SECONDS, "intelligence", self._intel.look)
        every(_LOOK_BACK_EVERY_SECONDS, "look back", self.look_back)
        every(_NEWS_EVERY_SECONDS, "news of intelligence", self._intel.tell)
        every(_NEWS_EVERY_SECONDS, "exposed assets", self.expose)
        every(_TUNING_EVERY_SECONDS, "tuning", self.tune)
        every(_FILLING_EVERY_SECONDS, "gaps", self.fill)
        every(_LEARNING_EVERY_SECONDS, "learning", self.learn)

    def forget(self) -> None:
        """Drop what is long delivered or decided, and nobody asks for any more."""
        self._delivery.forget()
        self._intel.forget()
        self._rule_care.forget()

    def give_back(self) -> None:
        """End the suppressions whose time is over, and group what they, or people at the console, gave back."""
        for number, alerts in suppressing.give_back_expired(self._state, now_us()).items():
            log.info("suppression over", suppression=number, alerts_given_back=alerts)
        self._pipeline.group()

    def keep_duty(self) -> None:
        """Announce what was opened, and let escalate what nobody acknowledged in time."""
        announce(self._state, self._lease)
        if steps := escalate(self._state, self._lease):
            log.warning("incidents escalated: nobody acknowledged them in time", steps=steps)

    def start_playbooks(self) -> None:
        """Let incidents follow the playbooks that they call for by rule."""
        playbooks, faults = self._playbooks.load()
        for fault in faults:
            log.warning("content fault", fault=str(fault))
        if started := self._playbook_starts.run(playbooks.values()):
            log.info("playbooks started", count=started)

    def warn(self) -> None:
        """Tell of legal clocks that run out."""
        if told := warn(self._state, self._lease):
            log.warning("legal clocks run out, or have", clocks=told)

    def make_reports(self) -> None:
        """Make the periodic reports that are due."""
        make_due(self._state, self._settings, self._lease)

    def look_back(self) -> None:
        """Look for what is new in intelligence in stored events, and group what was found."""
        if self._intel.look_back():
            self._pipeline.group()

    def expose(self) -> None:
        """Tell of assets with vulnerabilities that are known to be exploited."""
        if self._intel.expose():
            self._pipeline.group()

    def tune(self) -> None:
        """Propose to tune rules whose alerts were closed as false alarms."""
        if opened := self._rule_care.tune():
            log.info("proposals to tune rules opened", count=opened)

    def fill(self) -> None:
        """Raise what correlations would have raised of events that came too late for them."""
        if alerts := self._rule_care.fill(usual_of(self._settings.data_dir)):
            log.warning("alerts raised afterwards: their events came too late", alerts=alerts)
            self._pipeline.group()

    def learn(self) -> None:
        """Learn what is usual for rules that ask for it."""
        if weeks := learn(self._state, self._settings.data_dir, self._rules, now_us(), self._ended):
            log.info("what is usual was learnt", weeks=weeks)


def _categories(facts: Facts) -> tuple[int, ...]:
    """Propose the categories of an incident that nobody has classified."""
    known = Known(
        said=facts.said,
        rule_ids=facts.rule_ids,
        platform_id=facts.platform_id,
        criticality=facts.criticality,
        severity=facts.severity,
        drill=facts.drill,
        disposition=None,
    )
    return propose(known, load_ncsa()).categories
