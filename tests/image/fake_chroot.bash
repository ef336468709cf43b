# In place of image/chroot.bash: a root that holds bash, three tools and, for everything that would
# change a system, a stub that only notes how it was called. Expects FAKE_CHROOT_TOOLS (a folder laid
# over the root) and leaves ROOTFS_DIR/calls.
# shellcheck shell=bash
on_chroot() {
    cp -a "${FAKE_CHROOT_TOOLS}/." "${ROOTFS_DIR}"
    unshare --map-root-user chroot "${ROOTFS_DIR}" /bin/bash -e "$@"
}
export -f on_chroot

leave_chroot() {
    :
}
