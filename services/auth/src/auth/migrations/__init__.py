"""How the schema changed: expand first, contract a release later."""
