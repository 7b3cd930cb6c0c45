"""Clients for everybody else, made from the OpenAPI document."""
