"""What people read in Slack: from a change's state to words and buttons, without I/O and without a clock."""
