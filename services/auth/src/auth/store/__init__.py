"""How accounts, sessions and failures are remembered. The only room that knows SQL."""
