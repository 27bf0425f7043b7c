"""Tests of what stands between Slack and the core."""
