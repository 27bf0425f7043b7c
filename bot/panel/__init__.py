"""What an incident channel and whoever watches a rollout are kept shown: read within a budget, drawn on change."""
