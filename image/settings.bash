# What all parts of the image builder agree on, for them to source. Numbers stand here alone.
# shellcheck shell=bash disable=SC2034

suite=trixie
components='main non-free-firmware'
architecture=arm64

# Volume labels: the first is what Raspberry Pi's own documentation calls the partition that a laptop
# shows; the third is made at the first boot (card-grow.service).
boot_label=bootfs
root_label=rootfs

# One image, one set of ids: every card is a copy of it anyway. Random, drawn once (uuidgen).
disk_id=0x6e726c79
boot_id=6E52656C
root_uuid=0a6f3c1e-5d0b-4c43-8f0e-3d0d5d1f7a21
directory_hash_seed=5b1d0c44-8f52-4f0a-9e55-6a2f3a1c9c10

# MiB. The first partition begins at 4 MiB, the largest erase block of SD cards; it holds two kernels
# with their initrds and the firmware, with room for a third while apt upgrades.
align_mib=4
boot_mib=256
# Free room in the root before it grows at the first boot.
root_spare_mib=192
