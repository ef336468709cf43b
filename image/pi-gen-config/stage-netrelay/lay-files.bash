# Copies the files/ tree of a sub-stage into the root that is being built; sourced by its run.sh.
# shellcheck shell=bash

# Modes and owners in a checkout vary. Here executables get 0755, files in sudoers.d 0440 as sudo
# requires, all others 0644, and root owns everything.
lay_files() {
	local tree=$1 path mode
	(cd "${tree}" && LC_ALL=C find . -mindepth 1 ! -type d -print0 | LC_ALL=C sort -z) |
		while IFS= read -r -d '' path; do
			path=${path#./}
			if [ -L "${tree}/${path}" ]; then
				install -d "$(dirname "${ROOTFS_DIR}/${path}")"
				ln -sfn "$(readlink "${tree}/${path}")" "${ROOTFS_DIR}/${path}"
				continue
			fi
			mode=0644
			[ ! -x "${tree}/${path}" ] || mode=0755
			case ${path} in
				etc/sudoers.d/*) mode=0440 ;;
				*.gitkeep) continue ;;
			esac
			install -D -m "${mode}" "${tree}/${path}" "${ROOTFS_DIR}/${path}"
		done
}
