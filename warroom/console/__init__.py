"""The console: what people see of the war room, and the gate before it."""
