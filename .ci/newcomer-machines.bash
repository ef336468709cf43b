# Library of .ci/newcomer and .ci/newcomer-page: machines, which are clean roots in namespaces of their
# own. Expects what .ci/clean-roots.bash expects, and the variable script (the path of the caller, which
# calls be_machine when its first argument is --inside-namespaces).
# shellcheck shell=bash disable=SC2154

declare -A machines=() roots_used=() entered=()

# Process 1 of a machine; bash reaps orphans, as an init does.
be_machine() {
    local root=$1 name=$2
    hostname "$name"
    ip link set lo up
    mount_machine "$root"
    while sleep 3600; do :; done
}

check_machines() {
    check_host ip nsenter hostname
    unshare --mount --net --uts --pid --fork true 2>/dev/null ||
        fail 69 "namespaces cannot be made here: run it on a machine, or in a container with that right"
    [ -x "$checkout/.venv/bin/python" ] || fail 69 "there is no .venv yet. Type: make newcomer"
}

typist=
finish() {
    local name
    [ -z "$typist" ] || kill -TERM "$typist" 2>/dev/null || true
    for name in "${!entered[@]}"; do
        kill -KILL "${entered[$name]}" 2>/dev/null || true
        wait "${entered[$name]}" 2>/dev/null || true
    done
    for name in "${!roots_used[@]}"; do
        remove_root "${roots_used[$name]}"
    done
}

# add_packages ROOT NAME PACKAGE...: what a Raspberry Pi OS has besides the clean Debian.
add_packages() {
    local root=$1 name=$2
    shift 2
    echo "$name" >"$root/etc/hostname"
    printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >"$root/etc/hosts"
    {
        chroot "$root" apt-get -qq update
        DEBIAN_FRONTEND=noninteractive chroot "$root" \
            apt-get -qq install --yes --no-install-recommends "$@"
    } </dev/null >/dev/null 2>"$root/root/apt.log" || {
        cat "$root/root/apt.log" >&2
        fail 69 "apt-get could not install $* in the clean root; its words are above"
    }
    echo 'pi ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/010_pi-nopasswd"
}

# make_machine NAME SUITE OWNER PACKAGE...: a root for it, whose clone belongs to the owner.
make_machine() {
    local name=$1 suite=$2 owner=$3
    shift 3
    make_base "$suite"
    roots_used[$name]=$(mktemp -d "$roots/used.$name.XXXXXX")
    prepare "$suite" "${roots_used[$name]}" "$owner"
    add_packages "${roots_used[$name]}" "$name" "$@"
}

start_machine() {
    local name=$1
    # No process inside outlives this script: unshare is killed with it, and the rest with unshare.
    setpriv --pdeathsig KILL \
        unshare --mount --propagation private --pid --net --uts --fork --kill-child \
        "$script" --inside-namespaces "${roots_used[$name]}" "$name" </dev/null &
    entered[$name]=$!
}

await_machine() {
    local name=$1 first
    for _ in {1..300}; do
        read -r first <"/proc/${entered[$name]}/task/${entered[$name]}/children" || true
        # /run is mounted last, so it shows that the machine is ready.
        [ -z "${first:-}" ] || ! grep -qF " ${roots_used[$name]}/run " "/proc/$first/mountinfo" ||
            machines[$name]=$first
        [ -z "${machines[$name]:-}" ] || return 0
        sleep 0.1
    done
    fail 1 "the machine $name does not start"
}

# type_lines ARGUMENT...: runs tests.newcomer; its exit status is in the variable status.
type_lines() {
    cd "$checkout"
    # In the background, since bash handles signals only between commands.
    setpriv --pdeathsig TERM .venv/bin/python -m tests.newcomer "$@" </dev/null &
    typist=$!
    status=0
    wait "$typist" || status=$?
    typist=
}
