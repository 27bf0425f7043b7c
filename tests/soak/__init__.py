"""Many changes under random faults: what is promised once must hold ten thousand times."""
