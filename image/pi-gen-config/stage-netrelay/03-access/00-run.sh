#!/bin/bash -e
# Logins over ssh, by key only.

# shellcheck source=image/pi-gen-config/stage-netrelay/lay-files.bash
. "${STAGE_DIR}/lay-files.bash"

lay_files files
