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

# Where mount-folders mounts all that changes.
install -d -m 0755 "${ROOTFS_DIR}/card"
# The scripts of the initrd that close the root; image/build has built its initrd with them already.
for name in init-premount init-bottom; do
	install -D -m 0755 -t "${ROOTFS_DIR}/etc/initramfs-tools/scripts/${name}" \
		"${checkout}/image/system-files/etc/initramfs-tools/scripts/${name}/netrelay-root"
done

# The builder that creates the partitions writes the rest of fstab; mount-folders mounts the partition
# netrelay, and grow grows the root.
fstab=${ROOTFS_DIR}/etc/fstab
sed -i '/[[:space:]]\/var\/lib\/netrelay[[:space:]]/d' "${fstab}"
# No swap on the card.
sed -i -E '/^[^#].*[[:space:]]swap[[:space:]]/d' "${fstab}"

# Raspberry Pi OS would grow the root to the whole card, without room for netrelay's partition.
if [ -f "${ROOTFS_DIR}/boot/firmware/cmdline.txt" ]; then
	sed -i -E 's/(^| )resize( |$)/\2/; s/ +$//' "${ROOTFS_DIR}/boot/firmware/cmdline.txt"
fi

# The builder's dpkg flushes nothing, and mmdebstrap leaves that option to the image: there an update
# that is cut short has to leave whole files.
for file in "${ROOTFS_DIR}"/etc/dpkg/dpkg.cfg.d/*; do
	[ ! -f "${file}" ] || sed -i '/^force-unsafe-io$/d' "${file}"
done

# The source of security updates alone, from what the image is made of.
sources=${ROOTFS_DIR}/usr/lib/netrelay-card/updates-sources.d
install -d -m 0755 "${sources}"
for file in "${ROOTFS_DIR}"/etc/apt/sources.list "${ROOTFS_DIR}"/etc/apt/sources.list.d/*; do
	[ -f "${file}" ] || continue
	case ${file} in
		*.list) sed -n 's/^deb .*-security .*/&/p' "${file}" >"${sources}/$(basename "${file}")" ;;
		*.sources)
			awk 'BEGIN { RS = ""; ORS = "\n\n" } /\nSuites:[^\n]*-security/' "${file}" \
				>"${sources}/$(basename "${file}")"
			;;
	esac
done
find "${sources}" -type f -empty -delete
