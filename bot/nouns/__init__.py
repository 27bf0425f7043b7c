"""What a plan says of each kind of target: a module per noun, and one table."""
