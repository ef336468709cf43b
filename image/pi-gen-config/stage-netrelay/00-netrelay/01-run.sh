#!/bin/bash -e
# Installs the package of netrelay, the first-boot unit and netrelay.toml.

# shellcheck source=image/pi-gen-config/stage-netrelay/lay-files.bash
. "${STAGE_DIR}/lay-files.bash"

# The package systemd-resolved makes resolv.conf a link into /run, which is empty while a root is being
# built: no later sub-stage, and no step of pi-gen's export, would find a name. The resolver of the
# builder takes its place until the first boot (netrelay-network.conf in tmpfiles.d).
if [ -L "${ROOTFS_DIR}/etc/resolv.conf" ]; then
	rm "${ROOTFS_DIR}/etc/resolv.conf"
	cp -L /etc/resolv.conf "${ROOTFS_DIR}/etc/resolv.conf"
fi

if [ ! -f "${NETRELAY_DEB:?names the package of netrelay for arm64, made by make deb}" ]; then
	echo "NETRELAY_DEB is ${NETRELAY_DEB}, and there is no such file; make deb makes it" >&2
	exit 1
fi
install -D -m 0644 "${NETRELAY_DEB}" "${ROOTFS_DIR}/var/cache/netrelay/netrelay.deb"
on_chroot <<'EOF'
dpkg --unpack /var/cache/netrelay/netrelay.deb
rm -r /var/cache/netrelay
EOF
# Byte code that the builder has cached, which saves minutes; pi-gen has no such cache.
if [ -n "${NETRELAY_BYTE_CODE:-}" ]; then
	python3 "${STAGE_DIR}/../../byte_code.py" restore "${ROOTFS_DIR}" "${NETRELAY_BYTE_CODE}"
fi
lay_files files
