"""Carrying out what was approved: claim, read again, call once, read back, settle."""
