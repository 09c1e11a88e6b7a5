"""The console's front door: `python -m warroom console` serves it behind the gate, `streamlit run` shows drills."""

from warroom.console import frame

frame.run()
