# Architectures and Pythons of the package, and pip's platform tags of wheels that run there. To be
# sourced.
# shellcheck shell=bash disable=SC2034

architectures=(amd64 arm64)
python_versions=(3.11 3.13) # of Debian 12 and 13
declare -A machine_of=([amd64]=x86_64 [arm64]=aarch64)

# A manylinux tag contains the oldest glibc that a wheel runs with: Debian 12 has 2.36, Debian 13 2.41.
wheel_options() {
    local architecture=$1 python_version=$2 tag
    printf '%s\n' --only-binary=:all: --implementation cp --python-version "$python_version"
    for tag in manylinux_2_34 manylinux_2_28 manylinux_2_24 manylinux_2_17 manylinux2014; do
        printf '%s\n' --platform "${tag}_${machine_of[$architecture]}"
    done
}
