"""An incident is born, lives and ends."""
