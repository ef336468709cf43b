#!/bin/bash -e
# One way of networking on both routes: systemd-networkd, with wpa_supplicant for Wi-Fi.

# shellcheck source=image/pi-gen-config/stage-netrelay/lay-files.bash
. "${STAGE_DIR}/lay-files.bash"

lay_files files

# The name of a card that nobody gave one; a second one in the same network becomes netrelay-2.local.
echo netrelay >"${ROOTFS_DIR}/etc/hostname"
cat >"${ROOTFS_DIR}/etc/hosts" <<'EOF'
127.0.0.1	localhost
::1		localhost ip6-localhost ip6-loopback
ff02::1		ip6-allnodes
ff02::2		ip6-allrouters
EOF

