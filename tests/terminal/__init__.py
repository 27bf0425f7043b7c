"""The command line's way to changes, without a process of its own."""
