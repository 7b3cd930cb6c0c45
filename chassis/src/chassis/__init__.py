"""How any service of Sakina runs, whatever it is about: nothing here knows a business word."""
