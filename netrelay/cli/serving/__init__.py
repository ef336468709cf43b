"""HTTP for the page and the metrics: sockets, the bounds of waitress, the end when nobody asks.

Only the page and the metrics import this package, and nothing else waitress, the HTTP library.
"""
