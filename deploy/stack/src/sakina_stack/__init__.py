"""What deploy/docker-compose.yml needs beside Compose itself: standard library only.

It runs on the host that holds the stack, which may have nothing but Python and Docker.
"""
