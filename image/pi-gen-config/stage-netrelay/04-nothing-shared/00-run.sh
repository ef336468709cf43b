#!/bin/bash -e
# Removes everything that must be unique to a machine, and all traces of the machine that built it.

cd "${ROOTFS_DIR}"

# Empty, not missing: then systemd creates an id at the first boot without any prompt.
: >etc/machine-id
rm -f var/lib/dbus/machine-id
rm -f etc/ssh/ssh_host_*
rm -f var/lib/systemd/random-seed var/lib/systemd/credential.secret loader/random-seed
rm -rf var/lib/netrelay/* var/lib/netrelay/.[!.]*
# The clock of a new card starts at the time of its image (systemd-timesyncd(8), SaveIntervalSec).
install -d -m 0755 var/lib/systemd/timesync
: >var/lib/systemd/timesync/clock

rm -f etc/passwd- etc/group- etc/shadow- etc/gshadow- etc/subuid- etc/subgid- etc/.pwd.lock
# The package lists stay: the export of pi-gen installs userconf-pi before it renews them. image/build
# empties them itself.
rm -rf var/cache/apt/*.bin var/cache/apt/archives/*.deb
rm -f var/cache/debconf/*-old var/lib/dpkg/*-old var/cache/ldconfig/aux-cache
find var/log -type f -delete
rm -rf root/.bash_history root/.cache tmp/* var/tmp/*

# Marks /etc and /var as up to date: for older ones than /usr the first boot would rebuild linker cache,
# journal catalogue and users, which the installation of the packages has done.
: >etc/.updated
: >var/.updated
