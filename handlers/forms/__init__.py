"""Forms in Slack: from an action's model to a modal, and from what was entered back to the model."""
