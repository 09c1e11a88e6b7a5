"""The cybersecurity war room for Thailand's digital government."""
