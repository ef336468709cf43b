# shellcheck shell=bash
systemctl enable card-grow.service systemd-timesyncd.service fstrim.timer

# /tmp in memory: a link to the unit of systemd, which Debian 13 enables by default.
systemctl enable tmp.mount 2>/dev/null || true

# These write to the card or download, for nothing that a relay needs: a person decides on upgrades (or
# installs unattended-upgrades), and e2scrub needs LVM.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
	e2scrub_reap.service rpi-resize.service dphys-swapfile.service; do
	if [ -e "/usr/lib/systemd/system/${unit}" ] || [ -e "/etc/systemd/system/${unit}" ]; then
		systemctl disable "${unit}"
	fi
done
