# Clean Debians, for the scripts beside this one to source: bases made once by mmdebstrap, and copies
# of them that are used and thrown away. Expects `set -eu -o pipefail`, checkout and program (the name
# in messages). Needs root, mmdebstrap and unshare; the environment is told in .ci/clean-root.
# shellcheck shell=bash disable=SC2154

roots=${NETRELAY_CLEAN_ROOTS:-/var/tmp/netrelay-roots}
extra_ca=${NETRELAY_CLEAN_ROOT_CA:-}
clone=/srv/netrelay

fail() {
    printf '%s: %s\n' "$program" "$2" >&2
    exit "$1"
}

# 64 for a suite that is none, 69 for what this machine lacks; further tools are named by the caller.
check_host() {
    [ "$(id -u)" -eq 0 ] || fail 69 "needs root: it makes and enters a file system of its own"
    local tool
    for tool in mmdebstrap unshare setpriv "$@"; do
        command -v "$tool" >/dev/null ||
            fail 69 "$tool is missing. Type: apt-get install --yes mmdebstrap util-linux iproute2"
    done
    [ -z "$extra_ca" ] || [ -r "$extra_ca" ] ||
        fail 69 "NETRELAY_CLEAN_ROOT_CA names $extra_ca, which cannot be read"
}

check_suite() {
    case $1 in
        bookworm | trixie) ;;
        *) fail 64 "unknown suite $1; known are bookworm and trixie" ;;
    esac
}

# For another base than that of a suite: its name, and the packages it holds, joined by commas.
make_base() {
    local suite=$1 base=$roots/${2:-$1} packages=${3:-git,make,python3}
    [ -e "$base/etc/debian_version" ] && return
    echo "$program: making $base" >&2
    mkdir -p "$roots"
    rm -rf --one-file-system "$base" "$base.new"
    mmdebstrap --quiet --variant=minbase --include="$packages" "$suite" "$base.new" >&2
    mv "$base.new" "$base"
}

# Where ca-certificates is not installed yet, its installation picks the file up.
trust_extra_ca() {
    local root=$1
    [ -n "$extra_ca" ] || return 0
    mkdir -p "$root/usr/local/share/ca-certificates"
    cp "$extra_ca" "$root/usr/local/share/ca-certificates/host.crt"
    [ ! -x "$root/usr/sbin/update-ca-certificates" ] || chroot "$root" update-ca-certificates >&2
}

prepare() {
    local suite=$1 root=$2
    cp -a --reflink=auto "$roots/$suite/." "$root"
    chmod 755 "$root"
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    trust_extra_ca "$root"
    chroot "$root" useradd --create-home --shell /bin/bash pi
    git -c safe.directory="$checkout" clone --quiet --no-hardlinks "$checkout" "$root$clone"
    [ "$3" = root ] || chroot "$root" chown -R pi:pi "$clone"
}

# In mount and process namespaces of its own.
mount_machine() {
    local root=$1
    # Inside, / has to be a mount, or nothing there can have a mount namespace of its own.
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind -o ro /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    mount -t tmpfs -o mode=755 tmpfs "$root/run"
}

remove_root() {
    local root=$1
    for _ in 1 2 3 4 5; do # the last of its processes may still be dying
        # With its 0: in a trap, `return` alone gives the status from before the trap.
        rm -rf --one-file-system "$root" 2>/dev/null && return 0
        sleep 1
    done
    echo "$program: could not remove $root" >&2
}
