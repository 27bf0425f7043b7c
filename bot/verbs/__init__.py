"""The literals of the catalogue: one module per noun, and the bot's own commands."""
