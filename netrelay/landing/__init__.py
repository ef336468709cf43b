"""Landing: files that arrived are put into a store by its S3 API, once each (docs/landing.md).

Only lander and the command line import this room. What asks the store blocks: lander runs it in
threads (upload_pool.py).
"""
