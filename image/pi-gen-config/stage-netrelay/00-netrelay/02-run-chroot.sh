# shellcheck shell=bash
# Nothing is fetched: 00-packages-nr brought what the package depends on.
export DEBIAN_FRONTEND=noninteractive
dpkg --install /var/cache/netrelay/netrelay.deb
rm -r /var/cache/netrelay

systemctl enable netrelay.target
if [ -e /usr/lib/systemd/system/netrelay-first-boot.service ]; then
	systemctl enable netrelay-first-boot.service
fi
