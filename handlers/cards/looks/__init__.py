"""What was looked at, drawn."""
