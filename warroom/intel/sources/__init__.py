"""Where threat intelligence comes from: one file per way, each behind ``Source``."""
