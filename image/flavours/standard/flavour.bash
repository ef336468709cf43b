# The image for Raspberry Pi 3, 4, Zero 2 W, CM3 and CM4: the kernel of Debian 13; to be sourced.
# shellcheck shell=bash disable=SC2034

name_suffix=
kernel_suite=
