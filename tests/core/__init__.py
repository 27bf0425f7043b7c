"""The core, on ports in memory."""
