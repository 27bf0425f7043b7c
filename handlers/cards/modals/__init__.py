"""Modals as people see them: the guide, an action's form, the whole of a difference, and what stands against them."""
