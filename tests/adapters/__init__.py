"""Tests of the adapters, one module for each."""
