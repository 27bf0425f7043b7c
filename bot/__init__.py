"""Countersign's core: what can be asked, decided, recorded and executed."""
