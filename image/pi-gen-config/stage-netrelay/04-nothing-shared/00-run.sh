#!/bin/bash -e
# Nothing that only one machine may have, and nothing of the machine that built it.

cd "${ROOTFS_DIR}"

# Empty, not missing: systemd makes an id at the first boot, and asks no questions.
: >etc/machine-id
rm -f var/lib/dbus/machine-id
rm -f etc/ssh/ssh_host_*
rm -f var/lib/systemd/random-seed var/lib/systemd/credential.secret loader/random-seed
rm -rf var/lib/netrelay/* var/lib/netrelay/.[!.]*
# The clock of a card begins when its image was made (systemd-timesyncd(8), SaveIntervalSec).
install -d -m 0755 var/lib/systemd/timesync
: >var/lib/systemd/timesync/clock

rm -f etc/passwd- etc/group- etc/shadow- etc/gshadow- etc/subuid- etc/subgid- etc/.pwd.lock
rm -rf var/cache/apt/*.bin var/cache/apt/archives/*.deb var/lib/apt/lists/*
rm -f var/cache/debconf/*-old var/lib/dpkg/*-old var/cache/ldconfig/aux-cache
find var/log -type f -delete
rm -rf root/.bash_history root/.cache tmp/* var/tmp/*

# What systemd would do over again at the first boot for an /etc and a /var older than /usr (linker
# cache, journal catalogue, users): it was done when the packages were installed.
: >etc/.updated
: >var/.updated
