# shellcheck shell=bash
# Nothing is fetched: 00-packages-nr brought what the package depends on.
export DEBIAN_FRONTEND=noninteractive
dpkg --configure netrelay

systemctl enable netrelay.target card-first-boot.service
