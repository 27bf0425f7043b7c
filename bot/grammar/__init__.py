"""From typed text to a reading: what was asked, of what, where and why; `parser` is the way in."""
