"""The stories of the README, in a browser."""
