# shellcheck shell=bash
# Raspberry Pi OS has NetworkManager, which would compete with systemd-networkd for the interfaces.
for unit in NetworkManager.service NetworkManager-wait-online.service NetworkManager-dispatcher.service; do
	if [ -e "/usr/lib/systemd/system/${unit}" ]; then
		systemctl mask "${unit}"
	fi
done

systemctl enable systemd-networkd.service systemd-resolved.service avahi-daemon.service card-name.timer
# Each interface starts an instance of the template; the D-Bus unit would claim the interface before.
# 10-netrelay-card.preset of 02-card-care says so too.
systemctl disable wpa_supplicant.service
