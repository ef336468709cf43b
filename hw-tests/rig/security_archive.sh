#!/bin/sh
# A security archive of one package, on the partition netrelay of an emulated node, in place of
# Debian's, which no cable leads to. Written to the boot partition by security_archive.py.
#
#   security_archive.sh make     create it; it has version 2
#   security_archive.sh point    mount its source over that of the image, until the next boot
#   security_archive.sh old      install version 1, in an opening of the root
set -eu
export LC_ALL=C
package=netrelay-plug
folder=/card/data/updates/hw-tests
sources=usr/lib/netrelay-card/updates-sources.d
# Enough to be cut short: files that dpkg flushes one by one, and a script that takes its time.
files=200

build() {
	tree=$folder/tree
	rm -rf "$tree"
	mkdir -p "$tree/DEBIAN" "$tree/usr/share/$package"
	number=0
	while [ "$number" -lt "$files" ]; do
		echo "$1 $number" >"$tree/usr/share/$package/$number"
		number=$((number + 1))
	done
	cat >"$tree/DEBIAN/control" <<EOF
Package: $package
Version: $1
Architecture: all
Maintainer: hw-tests <hw-tests@example.org>
Description: a package of hw-tests
EOF
	printf '#!/bin/sh\nsleep 2\n' >"$tree/DEBIAN/postinst"
	chmod 0755 "$tree/DEBIAN/postinst"
	dpkg-deb --root-owner-group --build "$tree" "$2" >/dev/null
	rm -rf "$tree"
}

digest() {
	sha256sum "$1" | cut -d' ' -f1
}

make() {
	rm -rf "$folder"
	mkdir -p "$folder/repo"
	build 1 "$folder/old.deb"
	cd "$folder/repo"
	deb=${package}_2_all.deb
	build 2 "$folder/repo/$deb"
	{
		dpkg-deb --field "$deb"
		printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n' "$deb" "$(stat --format=%s "$deb")" "$(digest "$deb")"
	} >Packages
	{
		printf 'Origin: Debian\nLabel: Debian-Security\nSuite: stable-security\nCodename: trixie-security\n'
		printf 'Date: %s\nSHA256:\n' "$(date --utc --rfc-email)"
		printf ' %s %s Packages\n' "$(digest Packages)" "$(stat --format=%s Packages)"
	} >Release
	chmod -R a+rX /card/data/updates
	sync --file-system /card/data
}

point() {
	mkdir -p /run/hw-tests
	echo "deb [trusted=yes] file:$folder/repo ./" >/run/hw-tests/plug.list
	for top in '' /card/root; do
		mountpoint -q "$top/$sources" || mount --bind /run/hw-tests "$top/$sources"
	done
}

old() {
	/usr/lib/netrelay-card/open-root /bin/sh -ec "
		cp $folder/old.deb /card/root/
		chroot /card/root dpkg --configure -a
		chroot /card/root dpkg -i /old.deb
		rm /card/root/old.deb"
}

case ${1:-} in
	make | point | old) "$1" ;;
	*) exit 64 ;;
esac
