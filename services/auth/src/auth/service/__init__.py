"""How auth is reached: its RPC methods, and what nameko gives them to work with."""

from auth.service.auth_service import AuthService

__all__ = ["AuthService"]
