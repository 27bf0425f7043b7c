"""Records, queue and outbox on Redis 7.0 or Valkey 7.2, or newer."""
