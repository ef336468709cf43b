# Functions to run commands in the root that is being built, as pi-gen has them; to be sourced. Expects
# ROOTFS_DIR, and mount and process namespaces of its own, with which its mounts end.
# shellcheck shell=bash

on_chroot() {
    if ! mountpoint --quiet "${ROOTFS_DIR}/proc"; then
        mount -t proc proc "${ROOTFS_DIR}/proc"
        mount --rbind /dev "${ROOTFS_DIR}/dev"
        mount --rbind /sys "${ROOTFS_DIR}/sys"
        mount -t tmpfs tmpfs "${ROOTFS_DIR}/run"
        mount -t tmpfs tmpfs "${ROOTFS_DIR}/tmp"
    fi
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-}" DEB_MAINT_PARAMS="${DEB_MAINT_PARAMS:-}" \
        chroot "${ROOTFS_DIR}" /bin/bash -e "$@"
}
export -f on_chroot

leave_chroot() {
    local folder
    for folder in tmp run sys dev proc; do
        ! mountpoint --quiet "${ROOTFS_DIR}/${folder}" ||
            umount --recursive --lazy "${ROOTFS_DIR}/${folder}"
    done
}
