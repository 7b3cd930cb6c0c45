"""What Sakina's services say to one another: RPC methods, events and refusals.

The only package that every other one may import. It depends on pydantic and nothing else.
"""
