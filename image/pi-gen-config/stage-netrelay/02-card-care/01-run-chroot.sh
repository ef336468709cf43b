# shellcheck shell=bash
systemctl enable card-grow.service card-folders.service card-update.timer systemd-timesyncd.service fstrim.timer

# /tmp in memory: a link to the unit of systemd, which Debian 13 enables by default.
systemctl enable tmp.mount 2>/dev/null || true

# Units that write to the card or download, for nothing that a relay needs. pi-gen's image applies the
# presets at its first boot, which would enable them again.
while read -r verb unit; do
	if [ "${verb}" != disable ]; then
		continue
	fi
	if [ -e "/usr/lib/systemd/system/${unit}" ] || [ -e "/etc/systemd/system/${unit}" ]; then
		systemctl disable "${unit}"
	fi
done </usr/lib/systemd/system-preset/10-netrelay-card.preset
