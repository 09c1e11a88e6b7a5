"""Threat intelligence in the store: what feeds brought, how they are doing, what was seen, and what people ruled.

Indicators are columns: each feed has one Parquet file a table (``warroom/indicators.py``), which the next one replaces.
The state database says which file counts.
"""
