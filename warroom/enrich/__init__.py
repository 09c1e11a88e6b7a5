"""What we know about an event beyond its own bytes."""
