# shellcheck shell=bash
systemctl enable card-grow.service systemd-timesyncd.service fstrim.timer

# /tmp in memory; a link to the unit of systemd, which Debian 13 has on already.
systemctl enable tmp.mount 2>/dev/null || true

# Each writes to the card or fetches from the network for what a relay does not need: upgrades are a
# person's decision (or unattended-upgrades', once installed), the root has no LVM to scrub.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
	e2scrub_reap.service rpi-resize.service dphys-swapfile.service; do
	if [ -e "/usr/lib/systemd/system/${unit}" ] || [ -e "/etc/systemd/system/${unit}" ]; then
		systemctl disable "${unit}"
	fi
done
