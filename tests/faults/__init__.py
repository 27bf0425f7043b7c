"""The bot's real processes, killed, stopped and cut off at named points, and what must hold all the same."""
