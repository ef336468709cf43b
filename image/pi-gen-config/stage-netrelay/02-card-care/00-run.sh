#!/bin/bash -e
# Settings that reduce writes to the card, and that let a node survive power cuts.

# shellcheck source=image/pi-gen-config/stage-netrelay/lay-files.bash
. "${STAGE_DIR}/lay-files.bash"

lay_files files

# Journal limits and hardware watchdog, from systemd/ of the checkout. The package does not contain
# them, since they affect the whole machine.
checkout=$(realpath "${STAGE_DIR}/../../..")
for folder in journald.conf.d system.conf.d; do
	install -D -m 0644 -t "${ROOTFS_DIR}/usr/lib/systemd/${folder}" "${checkout}/systemd/${folder}"/*.conf
done

# The builder that creates the partitions writes the rest of fstab. Ordered data mode with barriers, a
# journal commit every five seconds in addition to netrelay's own flushes, and read-only after the first
# error. nofail: a damaged file system must not keep a machine without a screen off the network.
fstab=${ROOTFS_DIR}/etc/fstab
sed -i '/[[:space:]]\/var\/lib\/netrelay[[:space:]]/d' "${fstab}"
options=noatime,nodev,nosuid,barrier=1,commit=5,errors=remount-ro
options+=,nofail,x-systemd.growfs,x-systemd.before=systemd-tmpfiles-setup.service
printf 'LABEL=netrelay\t/var/lib/netrelay\text4\t%s\t0\t2\n' "${options}" >>"${fstab}"
# Grow the root in the same way, and never write access times.
sed -i -E '/^[^#[:space:]]+[[:space:]]+\/[[:space:]]/ {
	/x-systemd\.growfs/! s/^([^[:space:]]+[[:space:]]+\/[[:space:]]+[^[:space:]]+[[:space:]]+[^[:space:]]+)/\1,x-systemd.growfs/
}' "${fstab}"
# No swap on the card.
sed -i -E '/^[^#].*[[:space:]]swap[[:space:]]/d' "${fstab}"

# Raspberry Pi OS would grow the root to the whole card, without room for netrelay's partition.
if [ -f "${ROOTFS_DIR}/boot/firmware/cmdline.txt" ]; then
	sed -i -E 's/(^| )resize( |$)/\2/; s/ +$//' "${ROOTFS_DIR}/boot/firmware/cmdline.txt"
fi
