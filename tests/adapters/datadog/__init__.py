"""Tests of the Datadog adapter."""
