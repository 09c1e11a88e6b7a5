"""A log line enters here: one file per transport, each with its own promise of what it may lose."""
