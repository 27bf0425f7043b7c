"""The command line's way to changes: who sits at it, what they are shown and asked, and how it follows them."""
