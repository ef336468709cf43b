"""The page of a node for a browser: read-only, a process of its own beside the eight.

Only `netrelay page` imports this package and waitress, the HTTP library.
"""
