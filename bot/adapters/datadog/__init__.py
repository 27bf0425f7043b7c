"""Datadog as a provider of changes."""
