#!/bin/bash -e
# netrelay's package, and what the card adds to it: the first boot and its file.

# shellcheck source=image/pi-gen-config/stage-netrelay/lay-files.bash
. "${STAGE_DIR}/lay-files.bash"

if [ ! -f "${NETRELAY_DEB:?names the package of netrelay for arm64, made by make deb}" ]; then
	echo "NETRELAY_DEB is ${NETRELAY_DEB}, and there is no such file; make deb makes it" >&2
	exit 1
fi
install -D -m 0644 "${NETRELAY_DEB}" "${ROOTFS_DIR}/var/cache/netrelay/netrelay.deb"
on_chroot <<'EOF'
dpkg --unpack /var/cache/netrelay/netrelay.deb
rm -r /var/cache/netrelay
EOF
# What it would compile again for minutes, where the builder has kept it; pi-gen keeps nothing.
if [ -n "${NETRELAY_BYTE_CODE:-}" ]; then
	python3 "${STAGE_DIR}/../../byte_code.py" restore "${ROOTFS_DIR}" "${NETRELAY_BYTE_CODE}"
fi
lay_files files
