"""Every message and view a person can see, each in a situation with a name."""
