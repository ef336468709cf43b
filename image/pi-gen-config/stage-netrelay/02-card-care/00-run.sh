#!/bin/bash -e
# What keeps a card well for years, and brings a node back after its plug was pulled.

# shellcheck source=image/pi-gen-config/stage-netrelay/lay-files.bash
. "${STAGE_DIR}/lay-files.bash"

lay_files files

# The limits of the journal and the hardware's watchdog are netrelay's own, kept beside its units; the
# package leaves them out, since they change a whole machine.
checkout=$(realpath "${STAGE_DIR}/../../..")
for folder in journald.conf.d system.conf.d; do
	install -D -m 0644 -t "${ROOTFS_DIR}/usr/lib/systemd/${folder}" "${checkout}/systemd/${folder}"/*.conf
done

# fstab itself belongs to whoever makes the partitions. Data first: journalled, with barriers, flushed
# every five seconds besides what netrelay flushes itself, and read-only from the first error on.
# nofail: without it a broken file system would keep a machine without a screen from being reached.
fstab=${ROOTFS_DIR}/etc/fstab
sed -i '/[[:space:]]\/var\/lib\/netrelay[[:space:]]/d' "${fstab}"
options=noatime,nodev,nosuid,barrier=1,commit=5,errors=remount-ro
options+=,nofail,x-systemd.growfs,x-systemd.before=systemd-tmpfiles-setup.service
printf 'LABEL=netrelay\t/var/lib/netrelay\text4\t%s\t0\t2\n' "${options}" >>"${fstab}"
# The root is stretched the same way, and no read may become a write.
sed -i -E '/^[^#[:space:]]+[[:space:]]+\/[[:space:]]/ {
	/x-systemd\.growfs/! s/^([^[:space:]]+[[:space:]]+\/[[:space:]]+[^[:space:]]+[[:space:]]+[^[:space:]]+)/\1,x-systemd.growfs/
}' "${fstab}"
# No swap on the card.
sed -i -E '/^[^#].*[[:space:]]swap[[:space:]]/d' "${fstab}"

# Raspberry Pi OS would give the whole card to the root, leaving none for netrelay's own.
if [ -f "${ROOTFS_DIR}/boot/firmware/cmdline.txt" ]; then
	sed -i -E 's/(^| )resize( |$)/\2/; s/ +$//' "${ROOTFS_DIR}/boot/firmware/cmdline.txt"
fi
