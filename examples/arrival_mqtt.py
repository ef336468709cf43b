#!/usr/bin/python3
"""post_receive: publish each arrival to an MQTT broker, with mosquitto_pub (mosquitto-clients).

Needs a network in exporter's sandbox (docs/operating.md).
"""

import json
import os
import subprocess
import sys

BROKER = "127.0.0.1"
TOPIC = "netrelay/arrived"  # the name of the source follows: it has only a-z, 0-9 and -
TIMEOUT_S = 60

arrival = {
    "name": os.environ["NETRELAY_NAME"],
    "kind": os.environ["NETRELAY_KIND"],
    "size_bytes": int(os.environ["NETRELAY_SIZE_BYTES"]),
    "job": int(os.environ["NETRELAY_JOB"]),
}
topic = f"{TOPIC}/{os.environ['NETRELAY_SOURCE']}"
try:
    # On standard input, so that no name can be read as an option. -q 1: until the broker has it.
    subprocess.run(
        ["mosquitto_pub", "-h", BROKER, "-q", "1", "-t", topic, "-s"],
        input=json.dumps(arrival),
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    )
except (OSError, subprocess.SubprocessError) as error:
    sys.exit(f"mosquitto_pub: {error}")
