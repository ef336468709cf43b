# Lays the tree of a sub-stage's files/ over the root that is being made, for its run.sh to source.
# shellcheck shell=bash

# Modes and owners of a checkout depend on who made it: what is executable becomes 0755, what lies in
# sudoers.d 0440 as sudo demands, everything else 0644, and all of it belongs to root.
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
