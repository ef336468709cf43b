# shellcheck shell=bash
# Downloads nothing: 00-packages-nr has installed the dependencies of the package.
export DEBIAN_FRONTEND=noninteractive
dpkg --configure netrelay

systemctl enable netrelay.target card-first-boot.service card-state.timer
