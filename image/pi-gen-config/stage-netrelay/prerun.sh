#!/bin/bash -e
# The stage begins with what the stage before it left.

if [ ! -d "${ROOTFS_DIR}" ]; then
	copy_previous
fi
