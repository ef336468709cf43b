# Library of the scripts in this folder: clean Debian roots, created once by mmdebstrap, and disposable
# copies of them. Expects `set -eu -o pipefail`, and the variables checkout and program (the name in
# messages). Needs root, mmdebstrap and unshare; .ci/clean-root documents the environment.
# shellcheck shell=bash disable=SC2154

roots=${NETRELAY_CLEAN_ROOTS:-/var/tmp/netrelay-roots}
extra_ca=${NETRELAY_CLEAN_ROOT_CA:-}
clone=/srv/netrelay

fail() {
    printf '%s: %s\n' "$program" "$2" >&2
    exit "$1"
}

# Exits with 69 if this machine lacks something; the arguments are further tools to check.
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

# make_base SUITE [NAME [PACKAGE,...]]: the root of a suite, or one with another name and packages.
make_base() {
    local suite=$1 base=$roots/${2:-$1} packages=${3:-git,make,python3}
    [ -e "$base/etc/debian_version" ] && return
    echo "$program: making $base" >&2
    mkdir -p "$roots"
    rm -rf --one-file-system "$base" "$base.new"
    mmdebstrap --quiet --variant=minbase --include="$packages" "$suite" "$base.new" >&2
    mv "$base.new" "$base"
}

# If ca-certificates is not installed yet, its installation uses the file.
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

# Call it in new mount and pid namespaces.
mount_machine() {
    local root=$1
    # / has to be a mount point inside, or no process there can create a mount namespace.
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind -o ro /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    mount -t tmpfs -o mode=755 tmpfs "$root/run"
}

remove_root() {
    local root=$1
    for _ in 1 2 3 4 5; do # its last process may still be ending
        # Explicit 0: in a trap, `return` alone returns the status from before the trap.
        rm -rf --one-file-system "$root" 2>/dev/null && return 0
        sleep 1
    done
    echo "$program: could not remove $root" >&2
}
