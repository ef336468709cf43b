#!/bin/bash -e
# Who may get in: by ssh key alone.

# shellcheck source=image/pi-gen-config/stage-netrelay/lay-files.bash
. "${STAGE_DIR}/lay-files.bash"

lay_files files
