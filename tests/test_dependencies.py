from __future__ import annotations

import re

import dependencies


def test_the_page_of_dependencies_is_in_step_with_the_lock() -> None:
    def without_licences(text: str) -> list[str]:
        # what is installed may be of another system or a newer lock than the page
        rows = re.findall(r"^\| [a-z0-9.-]+ \|.*$", text, re.MULTILINE)
        return [" | ".join(row.split(" | ")[:2] + row.split(" | ")[3:]) for row in rows]

    written = without_licences(dependencies.PAGE.read_text(encoding="utf-8"))
    assert len(written) > 50
    assert written == without_licences(dependencies.page())


def test_every_package_is_pinned_with_hashes() -> None:
    text = (dependencies.ROOT / "requirements.txt").read_text(encoding="utf-8")
    for pin in re.split(r"\n(?=[a-z0-9])", text):
        assert pin.startswith("#") or "--hash=sha256:" in pin
    assert "git+" not in text
    assert "://" not in text.replace("# https://", "")


def test_every_licence_goes_with_ours() -> None:
    told = dependencies.licences()
    assert {package.name for package in dependencies.locked()} == set(told)
    assert {name: kind for name, kind in told.items() if not dependencies.ALLOWED.search(kind)} == {}
    assert not any(re.search(r"AGPL|Affero|(?<!L)GPL-[23]|not said", kind) for kind in told.values())
