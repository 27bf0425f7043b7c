"""Tests of forms in Slack."""
