#!/bin/bash
# Runs the sub-stages of an export over a root as build.sh of pi-gen does: apt-get without an update
# before it, run.sh on the builder.
#
#   pi_gen_export.bash EXPORT ROOT
set -eu -o pipefail
# shellcheck source=tests/image/fake_chroot.bash
. "${ON_CHROOT:?}"
export ROOTFS_DIR=$2
export FIRST_USER_NAME=pi DISABLE_FIRST_BOOT_USER_RENAME=0
for sub_stage in "$1"/*/; do
    cd "$sub_stage"
    for number in {00..99}; do
        if [ -f "$number-packages" ]; then
            on_chroot <<EOF
apt-get -o Acquire::Retries=3 install -y $(tr '\n' ' ' <"$number-packages")
EOF
        fi
        [ ! -x "$number-run.sh" ] || "./$number-run.sh"
    done
done
