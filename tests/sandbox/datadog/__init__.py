"""Tests of the sandbox's Datadog."""
