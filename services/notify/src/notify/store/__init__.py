"""How notifications and the people who read them are remembered."""
