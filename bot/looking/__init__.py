"""Looking: what can be seen of what the provider has, and who may see it."""
