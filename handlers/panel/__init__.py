"""Incident panels and watched rollouts in Slack: drawn, pressed, and begun."""
