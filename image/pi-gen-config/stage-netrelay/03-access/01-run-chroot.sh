# shellcheck shell=bash
# The user with uid 1000: Raspberry Pi Imager renames it and sets its password or key.
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
