"""What proves who somebody is: hashes of passwords, tokens, and the keys that sign them.

The only room that speaks argon2, JWT, PRECIS and the cryptographers' formats.
"""
