from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from warroom.drill.scenario import DRILLS, load_scenario, names
from warroom.errors import ContentError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHIPPED = (DRILLS / "registration_day" / "scenario.yml").read_text("utf-8")


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write the shipped scenario with one piece of text replaced; gives the folder of scenarios."""

    def written(old: str, new: str) -> Path:
        assert old in SHIPPED
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "scenario.yml").write_text(SHIPPED.replace(old, new, 1), "utf-8")
        return tmp_path

    return written


def test_every_shipped_scenario_loads_and_has_feeds() -> None:
    assert "registration_day" in names()
    for name in names():
        load_scenario(name)
        assert list((DRILLS / name / "feeds").glob("*.yml"))


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("duration: 5m", "duration: 5 minutes", "`attacks.0.duration`: Value error, give a duration"),
        ("duration: 5m", "duration: 5m\n    colour: red", "`attacks.0.colour`: Extra inputs are not permitted"),
        ("path: tang_rat/web_access.log", "path: ../../etc/cron.d/job", "`logs.0.path`: Value error, a path below"),
        ("path: tang_rat/web_access.log", "path: /etc/cron.d/job", "`logs.0.path`: Value error, a path below"),
        ("networks: [203.0.113.64/28]", "networks: [somewhere]", "`attacks.1.networks.0"),
        (
            'agents: ["Go-http-client/1.1"]',
            r'agents: ["Go\n127.0.0.1 - -"]',
            "`attacks.10.agents.0`: Value error, no control",
        ),
    ],
)
def test_a_fault_is_reported_with_file_line_and_reason(
    write: Callable[[str, str], Path], old: str, new: str, place: str
) -> None:
    folder = write(old, new)
    with pytest.raises(ContentError) as caught:
        load_scenario("other", folder)
    fault = caught.value.fault
    assert fault.file == str(folder / "other" / "scenario.yml")
    assert fault.reason.startswith(place)
    first = SHIPPED[: SHIPPED.index(old)].count("\n") + 1
    assert fault.line == first + new.count("\n")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("gateway: tang_rat_gateway, sign_in", "gateway: nowhere, sign_in", "`nowhere` that is not listed"),
        ("bastion: wallet_bastion", "bastion: nowhere", "ordinary writes to a log `nowhere` that is not listed"),
        ("platform: tang_rat, path: tang_rat/web", "platform: tang_rot, path: tang_rat/web", "no platform `tang_rot`"),
        ("id: farm_opening", "id: stuffing_opening", "an id stands twice"),
    ],
)
def test_names_that_do_not_agree_are_reported(
    write: Callable[[str, str], Path], old: str, new: str, reason: str
) -> None:
    with pytest.raises(ContentError, match=reason):
        load_scenario("other", write(old, new))


def test_an_unknown_scenario_is_named_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="registration_day"):
        load_scenario("../registration_day")
    with pytest.raises(NotFoundError, match="none"):
        load_scenario("registration_day", tmp_path)
