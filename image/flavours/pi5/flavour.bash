# The image for Raspberry Pi 5 and 500: a kernel from the backports of Debian 13, since the kernel of
# Debian 13 itself has no drivers for RP1, which has their Ethernet and USB sockets; to be sourced.
# shellcheck shell=bash disable=SC2034

name_suffix=-pi5
kernel_suite=backports
