"""The only SQL and the only Parquet: events, state, the ledger."""
