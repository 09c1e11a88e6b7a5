"""The pages before the gate: signing in, setting up, choosing a password. Plain HTML in both languages, no script."""

from __future__ import annotations

import base64
from functools import cache
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, Response

from warroom.console import drills
from warroom.console.markup import Markup, join, tag
from warroom.console.texts import words
from warroom.settings import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNIN_PATH: Final = "/signin"
PASSWORD_PATH: Final = "/password"  # noqa: S105  a path

#: In front of a problem: what was wrong, in both languages.
Problem = tuple[str, str]

# Stricter than the console's: these pages run no script at all.
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_STYLE: Final = Path(__file__).parent / "signin.css"
_FONTS: Final = {"thai": "U+0E01-0E5B, U+200C-200D, U+25CC", "latin": "U+0000-00FF, U+2000-206F, U+2190-21FF"}


def open_link(token: str) -> Markup:
    """Give the form of an open link: who are you?"""
    return _form(
        "signin.ready",
        _hidden(token),
        _field("name", "signin.name", maxlength="40", autocomplete="name", autofocus=""),
    )


def account(problem: Problem | None = None, *, asked: Mapping[str, str] = MappingProxyType({})) -> Markup:
    """Give the form for name and password; ``asked`` is what a link that was clicked leads on to."""
    form = _form(
        "signin.with_account",
        *(tag("input", type="hidden", name=name, value=value) for name, value in asked.items()),
        _field("name", "signin.account", maxlength="80", autocomplete="username", autofocus=""),
        _secret("password", "signin.password", "current-password"),
        _code(),
        problem=problem,
    )
    return join((form, _again(f"/?{urlencode(asked)}" if asked else "/")))


def set_up(token: str, problem: Problem | None = None) -> Markup:
    """Give the form for the first administrator."""
    return _form(
        "signin.set_up",
        _hidden(token),
        _field("name", "signin.account", maxlength="40", autocomplete="username", autofocus=""),
        _field("display_name", "signin.full_name", maxlength="40", autocomplete="name"),
        _secret("password", "signin.new_password", "new-password"),
        problem=problem,
    )


def choose(token: str, problem: Problem | None = None) -> Markup:
    """Give the form for a new password by a link."""
    return _form(
        "signin.choose",
        _hidden(token),
        _secret("password", "signin.new_password", "new-password"),
        _code(),
        problem=problem,
    )


def change(problem: Problem | None = None) -> Markup:
    """Give the form for a password that is due, for who is signed in with the one somebody else chose."""
    return _form(
        "signin.change",
        _secret("old", "signin.old_password", "current-password"),
        _secret("password", "signin.new_password", "new-password"),
        problem=problem,
        action=PASSWORD_PATH,
    )


def message(key: str, address: str = "/") -> Markup:
    """Give a text with the command that helps."""
    return join((_both("p", key, "lead"), tag("pre", "./run console --link"), _again(address)))


def said(key: str, **values: str | int) -> Problem:
    """Give a problem's text in both languages."""
    return words("th")(key, **values), words("en")(key, **values)


def page(content: Markup, status: HTTPStatus, *, drill: bool) -> Response:
    """Give the whole page."""
    thai, english = words("th"), words("en")
    head = (
        Markup('<!DOCTYPE html><html lang="th"><head><meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<link rel="icon" href="data:,">'),
        tag("title", thai("app.title")),
        Markup(f"<style>{_style()}</style></head>"),
    )
    body = tag("main", tag("h1", thai("app.title")), tag("h2", english("app.title"), lang="en"), content)
    html = join((*head, tag("body", *([drills.band()] if drill else []), body), Markup("</html>"))).html
    headers = {"content-security-policy": _POLICY, "cache-control": "no-store", "referrer-policy": "no-referrer"}
    return HTMLResponse(html, status_code=status, headers=headers)


def _form(lead: str, *fields: Markup, problem: Problem | None = None, action: str = SIGNIN_PATH) -> Markup:
    thai, english = words("th"), words("en")
    return tag(
        "form",
        _both("p", lead, "lead"),
        *([] if problem is None else [_problem(problem)]),
        *fields,
        tag(
            "div",
            tag("button", thai("signin.enter"), name="language", value="th"),
            tag("button", english("signin.enter"), name="language", value="en", cls="second", lang="en"),
            cls="buttons",
        ),
        method="post",
        action=action,
    )


def _problem(problem: Problem) -> Markup:
    thai, english = problem
    return tag("div", tag("p", thai), tag("p", english, cls="english", lang="en"), cls="problem", role="alert")


def _hidden(token: str) -> Markup:
    return tag("input", type="hidden", name="token", value=token)


def _field(name: str, label: str, **attributes: str) -> Markup:
    return tag("label", _both("span", label, "name"), tag("input", name=name, **attributes))


def _secret(name: str, label: str, purpose: str) -> Markup:
    return _field(name, label, type="password", maxlength="256", autocomplete=purpose, required="")


def _code() -> Markup:
    return _field("code", "signin.code", maxlength="24", autocomplete="one-time-code", inputmode="text")


def _again(address: str) -> Markup:
    return tag(
        "p",
        tag("a", words("th")("signin.again"), href=address),
        " · ",
        tag("a", words("en")("signin.again"), href=address, lang="en"),
        cls="again",
    )


def _both(name: str, key: str, cls: str) -> Markup:
    return tag(
        "div", tag(name, words("th")(key), cls=cls), tag(name, words("en")(key), cls=f"{cls} english", lang="en")
    )


@cache
def _style() -> str:
    """The pages' style with the fonts inside: there is nothing else to fetch before the gate."""
    faces = []
    for script, reach in _FONTS.items():
        for weight in (400, 600):
            path = ROOT / "static" / "fonts" / f"ibm-plex-sans-thai-{script}-{weight}-normal.woff2"
            font = base64.b64encode(path.read_bytes()).decode()
            faces.append(
                f"@font-face{{font-family:Plex;font-weight:{weight};unicode-range:{reach};"
                f"src:url(data:font/woff2;base64,{font}) format('woff2')}}"
            )
    return "".join(faces) + _STYLE.read_text(encoding="utf-8")
