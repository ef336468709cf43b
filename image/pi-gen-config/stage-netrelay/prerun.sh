#!/bin/bash -e
# The stage begins with a copy of the root of the previous stage.

if [ ! -d "${ROOTFS_DIR}" ]; then
	copy_previous
fi
