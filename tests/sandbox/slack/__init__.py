"""Tests of the sandbox Slack workspace."""
