"""The change request: its record, and what can happen to it."""
