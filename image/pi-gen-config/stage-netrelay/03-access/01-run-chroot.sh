# shellcheck shell=bash
# The user that Raspberry Pi Imager renames and gives a password or a key is the one with uid 1000.
if ! getent passwd 1000 >/dev/null; then
	useradd --uid 1000 --user-group --create-home --shell /bin/bash --comment '' pi
fi
user=$(getent passwd 1000 | cut --delimiter=: --fields=1)
passwd --lock --quiet "${user}"
passwd --lock --quiet root
for group in adm sudo netdev systemd-journal netrelay; do
	if getent group "${group}" >/dev/null; then
		usermod --append --groups "${group}" "${user}"
	fi
done

systemctl enable ssh.service card-host-keys.service
