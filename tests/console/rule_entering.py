"""What tests see and press on the screens of detectors."""

from __future__ import annotations

from console.entering import page
from streamlit.testing.v1 import AppTest

from warroom.store.database import State
from warroom.store.rules import stages


def listed(app: AppTest) -> str:
    """Give what the components of a page were handed."""
    return "\n".join(str(one.proto) for one in app.get("bidi_component"))


def stage_of(state: State, rule_id: str) -> str | None:
    with state.read() as connection:
        put = stages.get(connection, rule_id)
    return None if put is None else put.stage


def labels(app: AppTest) -> set[str]:
    return {one.label for one in app.button}


def press(app: AppTest, key: str, reason: str = "looked at with care") -> AppTest:
    app.text_input(key="rule_reason").set_value(reason)
    return app.button(key=key).click().run()


def settled(app: AppTest) -> AppTest:
    """Run a page until its check is over."""
    for _ in range(100):
        if ">Checking<" not in page(app):
            return app
        app.run()
    raise AssertionError(page(app))
