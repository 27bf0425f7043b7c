"""Adapters: each implements one port with a real library."""
