#!/bin/bash -e
# The same network setup for both builders: systemd-networkd, with wpa_supplicant for Wi-Fi.

# shellcheck source=image/pi-gen-config/stage-netrelay/lay-files.bash
. "${STAGE_DIR}/lay-files.bash"

lay_files files

# The default host name; avahi calls a second one in the same network netrelay-2.local.
echo netrelay >"${ROOTFS_DIR}/etc/hostname"
cat >"${ROOTFS_DIR}/etc/hosts" <<'EOF'
127.0.0.1	localhost
::1		localhost ip6-localhost ip6-loopback
ff02::1		ip6-allnodes
ff02::2		ip6-allrouters
EOF

# Debian's default asks for the IPv4 addresses of NAME.local alone.
sed -i 's/mdns4_minimal/mdns_minimal/' "${ROOTFS_DIR}/etc/nsswitch.conf"
