"""Proves the store unchanged, or names what was changed: entries, rows, segments, signed documents."""

from warroom.store.verify.check import Evidence, verify
from warroom.store.verify.report import Broken, Finding, Report

__all__ = ["Broken", "Evidence", "Finding", "Report", "verify"]
