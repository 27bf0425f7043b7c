"""What is particular to Redis: its connection, its failures, its scripts."""
