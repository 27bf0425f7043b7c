"""Records, queue and outbox in memory: what tests run on, and the specification in Python."""
