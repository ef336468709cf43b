# shellcheck shell=bash
# Nothing is fetched: 00-packages-nr brought what the package depends on.
export DEBIAN_FRONTEND=noninteractive
dpkg --install /var/cache/netrelay/netrelay.deb
rm -r /var/cache/netrelay

systemctl enable netrelay.target card-first-boot.service
