"""The onboarding matrix, run by Streamlit's own test runner: what is judged, what is told of a cell, and to whom."""

from __future__ import annotations

import pytest
from console.entering import Enter, page, quick

pytestmark = quick


def test_try(enter: Enter) -> None:
    app = enter("prometheus", screen="onboarding", platform="tang_rat", kind="authn")
    print(page(app))
