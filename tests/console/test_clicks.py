"""A click is carried out once, whatever a part's timer sends beside it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from warroom.console.clicks import ClicksOnce, without_clicks

if TYPE_CHECKING:
    from pathlib import Path

    from console.conftest import Console
    from playwright.sync_api import Page
    from starlette.types import Message, Receive, Scope, Send

#: Keeps what the page puts off to its next turn back for two ticks of the live parts, once asked to.
SLOW_PAGE = """
const soon = window.setTimeout;
window.setTimeout = (what, wait, ...told) => window.isSlow && !wait
  ? soon((...given) => { document.body.dataset.late = ''; what(...given); }, 4500, ...told)
  : soon(what, wait, ...told);
"""


def click() -> WidgetState:
    return WidgetState(id="button", trigger_value=True)


def field() -> WidgetState:
    return WidgetState(id="field", string_value="สวัสดี")


def sent(*widgets: WidgetState, by_timer: bool) -> bytes:
    message = BackMsg()
    message.rerun_script.fragment_id = "part"
    message.rerun_script.is_auto_rerun = by_timer
    message.rerun_script.widget_states.widgets.extend(widgets)
    return message.SerializeToString()


def test_a_timers_message_brings_the_fields_and_no_click() -> None:
    assert without_clicks(sent(click(), field(), by_timer=True)) == sent(field(), by_timer=True)


def test_every_kind_of_click_stays_out_of_a_timers_message() -> None:
    chat, named, typed = WidgetState(id="a"), WidgetState(id="b"), WidgetState(id="c")
    chat.chat_input_value.data = "x"
    named.string_trigger_value.data = "x"
    typed.json_trigger_value = "[]"
    assert without_clicks(sent(chat, named, field(), typed, by_timer=True)) == sent(field(), by_timer=True)


def test_a_persons_own_message_is_passed_on_as_it_came() -> None:
    own = sent(click(), field(), by_timer=False)
    assert without_clicks(own) == own


@given(st.binary(max_size=200))
def test_what_no_timer_sent_is_passed_on_as_it_came(data: bytes) -> None:
    try:
        is_message = bool(BackMsg.FromString(data).rerun_script.is_auto_rerun)
    except DecodeError:
        is_message = False
    assert is_message or without_clicks(data) == data


def test_the_middleware_reads_web_sockets_alone() -> None:
    came: list[Message] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        came.append(await receive())

    async def ask(kind: str, message: Message) -> Message:
        async def receive() -> Message:
            return message

        async def send(_message: Message) -> None:
            return

        await ClicksOnce(app)({"type": kind}, receive, send)
        return came.pop()

    timers = sent(click(), by_timer=True)
    told = asyncio.run(ask("websocket", {"type": "websocket.receive", "bytes": timers}))
    assert told == {"type": "websocket.receive", "bytes": sent(by_timer=True)}
    others: list[tuple[str, Message]] = [
        ("websocket", {"type": "websocket.connect"}),
        ("websocket", {"type": "websocket.receive", "text": "x", "bytes": None}),
        ("http", {"type": "http.request", "body": timers}),
    ]
    for kind, message in others:
        assert asyncio.run(ask(kind, dict(message))) == message


@pytest.mark.slow
def test_a_click_on_a_slow_page_is_done_once(console: Console, page: Page, tmp_path: Path) -> None:
    shot = tmp_path / "shot.png"
    shot.write_bytes(b"\x89PNG\r\n\x1a\n" + b"s" * 3_000)
    page.add_init_script(SLOW_PAGE)
    console.enter(page, "?incident=2")
    page.get_by_role("radio", name="Evidence files").click()
    page.locator(".st-key-upload input[type=file]").set_input_files(shot)
    page.locator(".st-key-upload").get_by_role("button", name="Remove shot.png").wait_for()  # it has arrived
    page.evaluate("window.isSlow = true")
    page.get_by_role("button", name="Keep as evidence").click()
    page.locator("body[data-late]").wait_for(state="attached")
    # Done twice, the second would be refused, for an incident keeps the same bytes once.
    expect(page.locator(".st-key-panel_files [role=status]")).to_have_text("Kept as evidence")
    assert console.complaints == []
