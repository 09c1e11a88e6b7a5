import pytest
from warroom.console.cookie import COOKIE
from console.conftest import console_over
from console.onboarding_seeding import add_onboarding
from console.admin_seeding import session_of
from pathlib import Path
import os

@pytest.mark.slow
def test_shots(staff, data_dir, tmp_path, chromium):
    feeds = tmp_path / "feeds"
    add_onboarding(staff, feeds)
    names = os.environ.get("G2", "onboarding").split(",")
    with console_over(staff, data_dir, tmp_path/"log", WARROOM_FEEDS=str(feeds)) as con:
        for lang in ("th","en"):
            for size in ((1366,768),(1920,1080)):
                with chromium.new_context(viewport={"width":size[0],"height":size[1]}) as ctx:
                    token = session_of(staff, "prometheus", language=lang)
                    page = ctx.new_page()
                    page.set_default_timeout(30000)
                    ctx.add_cookies([{"name": COOKIE, "value": token, "url": con.url}])
                    con.watch(page)
                    for name in names:
                        page.goto(f"{con.url}/?screen={name}")
                        page.wait_for_selector(".live")
                        page.wait_for_timeout(4500)
                        tag = name.replace("&","_").replace("=","_")
                        page.screenshot(path=f"/tmp/g2_{tag}_{lang}_{size[0]}.png")
        print(con.complaints)
        print((tmp_path/"log").read_text()[-3000:])
