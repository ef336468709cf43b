#!/usr/bin/python3
"""post_receive: tell a web server about each arrival, as a POST with a JSON object.

Needs a network in exporter's sandbox (docs/operating.md).
"""

import json
import os
import sys
import urllib.request

URL = "http://127.0.0.1:8080/arrived"
TIMEOUT_S = 30

arrival = {
    "source": os.environ["NETRELAY_SOURCE"],
    "name": os.environ["NETRELAY_NAME"],
    "kind": os.environ["NETRELAY_KIND"],
    "size_bytes": int(os.environ["NETRELAY_SIZE_BYTES"]),
    "job": int(os.environ["NETRELAY_JOB"]),  # the same again if a run was interrupted
}
request = urllib.request.Request(
    URL, json.dumps(arrival).encode(), {"Content-Type": "application/json"}
)
try:
    # An answer of 400 or more is an HTTPError, which is an OSError.
    urllib.request.urlopen(request, timeout=TIMEOUT_S).close()  # noqa: S310
except OSError as error:
    sys.exit(f"{URL}: {error}")
