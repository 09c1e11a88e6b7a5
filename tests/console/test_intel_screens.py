"""The screens of threat intelligence: feeds, indicators, an incident's part, the map, the banner."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from console.admin_seeding import CHEAP, PASSWORD, actor_named
from console.entering import Enter, entries, page
from console.intel_seeding import EVIL, HOSTILE, LISTED, RESOLVER, URL, seed_intel

from warroom.access import Role, accounts
from warroom.catalog.intel_feeds import MARKS
from warroom.catalog.intel_ways import WAYS
from warroom.console.indicator_scores import Standing
from warroom.console.intel_health import CONDITIONS, condition
from warroom.console.intel_list import kind_name, mark_name, way_name
from warroom.console.intel_words import rule_name
from warroom.console.person import Person
from warroom.console.texts import CATALOGUE, load_texts, words
from warroom.console.ways import Way, open_to
from warroom.errors import Refusal
from warroom.indicators import Kind
from warroom.intel.ruling_out import rulings_about
from warroom.store import accounts as account_rows
from warroom.store.audit import AuditAction
from warroom.store.database import State, now_us
from warroom.store.intel.feeds import rows
from warroom.store.intel.polls import CHANGED, FAILED, SAME
from warroom.store.views import intel_health, intel_matches

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
DAY_US = 86_400_000_000


@pytest.fixture
def told(staff: State, data_dir: Path) -> State:
    seed_intel(staff, data_dir)
    return staff


def listed(app: object) -> str:
    """Give what the components of a page were handed."""
    return "\n".join(str(one.proto) for one in app.get("bidi_component"))  # type: ignore[attr-defined]


def test_who_sees_incidents_sees_intelligence(staff: State) -> None:
    for name, sees in (("anong", True), ("dpo", True), ("boss", False)):
        ways = open_to(Person(actor_named(staff, name), "en", "t"))
        assert ({Way.INTEL, Way.INDICATORS} <= ways) is sees


@pytest.mark.usefixtures("told")
def test_feeds_stand_worst_first_with_what_came_and_what_was_refused(enter: Enter) -> None:
    shown = page(enter("wipa", screen="intel"))
    states = ("failing", "stale", "partly", "waiting", "ok", "off")
    places = [shown.index(f"wr-state intel-{state}") for state in states]
    assert places == sorted(places)
    assert "9 min / 1 h" in shown
    assert "Domain 2 · IPv4 1 · SHA-256 1 · +1" in shown
    assert "TLP:AMBER+STRICT" in shown
    assert "List of known public DNS resolvers" in shown
    assert "1,204" in shown
    assert "51,204,118 events in 48 s" in shown
    assert "42 % · 21,880,004 events" in shown


@pytest.mark.usefixtures("told")
def test_one_feed_tells_its_polls_refusals_and_how_it_is_switched(enter: Enter) -> None:
    shown = page(enter("wipa", screen="intel", feed="circl_osint"))
    assert "72 polls failed since" in shown
    assert "./run intel poll circl_osint" in shown
    shown = page(enter("wipa", screen="intel", feed="thaicert"))
    assert "longer than 2048 bytes" in shown
    assert "<script>" not in shown
    assert "\\u202e" in shown
    shown = page(enter("wipa", screen="intel", feed="misp_sector"))
    assert "Set enabled: true in feeds/intel/misp_sector.yml" in shown


@pytest.mark.usefixtures("staff")
def test_a_feed_that_is_not_there_and_none_at_all_are_said(enter: Enter) -> None:
    assert "No feed of intelligence has this name" in page(enter("wipa", screen="intel", feed="'; DROP"))
    assert "No feed of intelligence is known yet" in page(enter("wipa", screen="intel"))
    assert "There are no indicators yet" in page(enter("wipa", screen="indicators"))


@pytest.mark.usefixtures("told")
def test_the_war_room_says_that_intelligence_is_stale_or_fails(enter: Enter) -> None:
    shown = page(enter("wipa"))
    assert "Intelligence cannot be fetched: CIRCL OSINT (MISP); what we have is 4 d old" in shown
    assert "Intelligence is older than it may be: Partner CERT, TAXII, 2 d old" in shown


@pytest.mark.usefixtures("told")
def test_an_indicator_tells_who_lists_it_why_it_scores_and_what_came_of_it(enter: Enter) -> None:
    shown = page(enter("wipa", screen="indicators", q="203[.]0[.]113[.]77"))
    assert "Raises alarms" in shown
    assert "Listed by: 3" in shown
    assert "of a lifetime of 60 d" in shown
    assert "&amp;part=intel" in shown
    assert ">#1<" in shown
    assert ">#5<" in shown
    assert 'href="javascript:' not in shown
    assert "cobalt_strike" in shown
    assert "came to" in shown


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("value", "said"),
    [
        (RESOLVER, "It is on the list “List of known public DNS resolvers”"),
        ("198.51.100.9", "People ruled so"),
        ("dormant.example", "Only feeds list it that are switched off"),
        ("192.0.2.200", "No feed has it now"),
        (URL, "an event that holds it raises an alarm"),
    ],
)
def test_an_indicator_says_what_it_does_now(enter: Enter, value: str, said: str) -> None:
    assert said in page(enter("wipa", screen="indicators", value=value))


@pytest.mark.usefixtures("told")
def test_what_is_found_names_what_covers_it_and_what_is_on_it(enter: Enter) -> None:
    app = enter("wipa", screen="indicators", q="198.51.100.44")
    assert "198.51.100.0/24" in listed(app)
    app = enter("wipa", screen="indicators", q=f"hxxp://{EVIL}/a/gate.php?id=7")
    assert EVIL in listed(app)
    assert "Type at least 2" in page(enter("wipa", screen="indicators", q="a"))


@pytest.mark.usefixtures("told")
def test_a_hostile_value_is_shown_harmlessly(enter: Enter) -> None:
    long = "a" * 1900 + "<img src=x onerror=alert(1)>\u202e\x07"
    for query in ({"q": HOSTILE}, {"value": HOSTILE, "of": "user_agent"}, {"q": long}, {"value": long, "of": "url"}):
        app = enter("wipa", screen="indicators", **query)
        shown = page(app)
        assert "<script>" not in shown
        assert "<img" not in shown
        assert "\u202e" not in "".join(code.value for code in app.code)


def test_a_shift_lead_rules_a_value_harmless_and_undoes_it(told: State, enter: Enter) -> None:
    app = enter("wipa", screen="indicators", value=EVIL, of="domain")
    app.text_input(key="indicator_reason").set_value("sinkholed by the registrar, checked")
    app.button(key="indicator_rule_out").click().run()
    assert "Ruled harmless by wipa" in page(app)
    assert "Harmless" in page(app)
    app.button(key="indicator_lift").click().run()
    assert "it can raise alarms again" in page(app)
    ruled = rulings_about(told, actor_named(told, "wipa"), Kind.DOMAIN, EVIL)
    assert [(one.by, one.lifted_by) for one in ruled] == [("wipa", "wipa")]
    assert len(entries(told, AuditAction.INDICATOR_RULED_OUT, AuditAction.INDICATOR_RULING_LIFTED)) == 2


@pytest.mark.usefixtures("told")
def test_who_may_not_suppress_is_offered_no_ruling(enter: Enter) -> None:
    app = enter("anong", screen="indicators", value=EVIL, of="domain")
    assert "Raises alarms" in page(app)
    assert not [one for one in app.button if one.key == "indicator_rule_out"]


@pytest.mark.usefixtures("told")
def test_an_incident_tells_what_it_rests_on_and_what_shares_it(enter: Enter) -> None:
    shown = page(enter("wipa", incident="1", part="intel"))
    assert f"value={LISTED}&amp;of=ipv4" in shown
    assert f"cdn.{EVIL}" in shown
    assert "dns.question.name" in shown
    assert "found looking back" in shown
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
    assert "T1071" in shown
    assert "CVE-2024-3400" in shown
    assert "listed by Partner CERT, TAXII, IPsum, ThreatFox" in shown
    assert "1 incident in 90 days" in shown
    assert ">#5<" in shown
    assert "It is a reason to look, no proof" in shown
    assert "No alert of it comes from intelligence" in page(enter("wipa", incident="3", part="intel"))


def test_who_is_confined_sees_what_is_of_their_platforms(told: State, enter: Enter) -> None:
    one = accounts.Newcomer("confined", frozenset({Role.LIAISON}), "", frozenset({"tang_rat"}), password=PASSWORD)
    made = accounts.create(told, actor_named(told, "boss"), one, datetime.now(UTC), hashing=CHEAP)
    with told.write() as connection:
        account_rows.change(connection, made.id, must_change_password=False)
    shown = page(enter("confined", screen="indicators", value=LISTED, of="ipv4"))
    assert ">#1<" in shown
    assert ">#5<" not in shown
    assert "Search events" not in shown
    assert "198.51.100.9" not in page(enter("confined", screen="intel"))


@pytest.mark.usefixtures("told")
def test_the_map_shows_listed_sources_alone_where_it_is_asked_to(enter: Enter) -> None:
    app = enter("wipa", screen="map")
    app.segmented_control(key="map_which").set_value("listed").run()
    shown = page(app)
    assert f"value={LISTED}&amp;of=ipv4" in shown
    assert f"value={RESOLVER}&amp;of=ipv4" in shown
    assert "United States" in shown


def test_a_rule_of_intelligence_is_named_by_its_feed(told: State, enter: Enter) -> None:
    with told.read() as connection:
        feeds = {row.feed_id: row for row in rows(connection)}
    assert rule_name("intel.threatfox", feeds, words("en")) == "Intelligence: listed by ThreatFox"
    assert rule_name("intel.gone", feeds, words("th")) == "ข่าวกรอง: อยู่ในรายการ gone"
    assert rule_name("intel.exposure", feeds, words("en")) == (
        "Intelligence: a vulnerability that is exploited, in what we run"
    )
    assert rule_name("11111111-1111", feeds, words("en")) is None
    app = enter("wipa", screen="suppressions")
    assert any("Intelligence: listed by ThreatFox" in one.options for one in app.selectbox)
    assert "It is a reason to look, no proof" in page(enter("wipa", incident="1"))


def test_every_word_of_intelligence_has_a_text() -> None:
    known = load_texts(CATALOGUE)
    assert {f"polled.{one}" for one in (*Refusal, CHANGED, SAME, FAILED)} <= known.keys()
    assert {f"standing.{one}" for one in Standing} | {f"standing_name.{one}" for one in Standing} <= known.keys()
    assert {f"intelstate.{one}" for one in CONDITIONS} <= known.keys()
    assert [kind for kind in Kind if kind_name(words("th"), kind) == kind and kind != Kind.SSDEEP] == []
    assert [way for way in WAYS if way_name(words("en"), way) == way] == []
    assert [mark for mark in MARKS if mark_name(words("th"), mark) == mark] == []


def test_polls_and_what_was_held_back_are_bounded(told: State) -> None:
    polls = intel_health.recent_polls(told, most=3)
    assert {len(some) for some in polls.values()} == {3}
    assert [one.at for one in polls["ipsum"]] == sorted((one.at for one in polls["ipsum"]), reverse=True)
    assert [one.by for one in intel_health.held_back(told, 0, most=1)] == ["List of known public DNS resolvers"]
    assert intel_health.held_back(told, now_us() // DAY_US + 2) == []


def test_what_is_stored_of_matches_is_confined(told: State) -> None:
    assert intel_matches.rests_on(told, 1, scope=("gdx",)) == ([], 0)
    assert intel_matches.sharing(told, 1, 0, scope=("tang_rat",)) == ([], 0)
    found, total = intel_matches.sharing(told, 1, now_us() + DAY_US)
    assert (found, total) == ([], 0)
    raised = intel_matches.raised(told, "ipv4", LISTED, scope=("tang_rat",))
    assert ([row.id for row, _ in raised.rows], raised.alerts, raised.incidents) == ([1], 12, 1)
    assert {one.platform_id for one in intel_matches.sightings(told, "ipv4", LISTED, 0, scope=("gdx",))} == {"gdx"}


def test_a_feed_is_judged_by_the_worst_that_is_true(told: State) -> None:
    now = now_us()
    with told.read() as connection:
        judged = {row.feed_id: condition(row, now) for row in rows(connection)}
    assert judged == {
        "circl_osint": "failing", "cert_taxii": "stale", "thaicert": "partly", "feodo": "waiting",
        "ipsum": "ok", "threatfox": "ok", "tor_exits": "ok", "misp_sector": "off",
    }  # fmt: skip
