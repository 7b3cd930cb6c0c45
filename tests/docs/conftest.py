"""The pages speak of services, and these run on eventlet."""

import eventlet

eventlet.monkey_patch()
