# Settings shared by all parts of the image builder; to be sourced.
# shellcheck shell=bash disable=SC2034

suite=trixie
components='main non-free-firmware'
architecture=arm64

# Volume labels. The first is the one that the documentation of Raspberry Pi uses; the third is created
# at the first boot (card-grow.service).
boot_label=bootfs
root_label=rootfs

# Fixed ids, generated once by uuidgen: every card is a copy of one image anyway.
disk_id=0x6e726c79
boot_id=6E52656C
root_uuid=0a6f3c1e-5d0b-4c43-8f0e-3d0d5d1f7a21
directory_hash_seed=5b1d0c44-8f52-4f0a-9e55-6a2f3a1c9c10

# MiB. The first partition begins at 4 MiB, the largest erase block of SD cards. It has room for the
# firmware, two kernels with their initrds, and a third while apt upgrades.
align_mib=4
boot_mib=256
# Free space in the root before it grows at the first boot.
root_spare_mib=192
