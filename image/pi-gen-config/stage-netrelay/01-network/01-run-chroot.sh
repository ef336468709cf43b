# shellcheck shell=bash
# Raspberry Pi OS brings NetworkManager; two managers would take the interfaces from each other.
for unit in NetworkManager.service NetworkManager-wait-online.service NetworkManager-dispatcher.service; do
	if [ -e "/usr/lib/systemd/system/${unit}" ]; then
		systemctl mask "${unit}"
	fi
done

systemctl enable systemd-networkd.service systemd-resolved.service avahi-daemon.service
# The template is started by the interface; the one that waits for D-Bus would take it first.
systemctl disable wpa_supplicant.service
