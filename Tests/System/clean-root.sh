#!/bin/sh
# clean-root.sh PACKAGE: installs PACKAGE.deb in a Debian that holds nothing else (made by debootstrap, so it needs root and a mirror),
# runs the demo there from the installed files, removes it, and says what is left. Status 0 if the demo works and only state is left.
set -eu
package=$(readlink -f "$1")
mirror=${MIRROR:-http://deb.debian.org/debian}
root=$(mktemp -d /tmp/qklens-root.XXXXXX)
finish() {
    umount "$root/proc" 2>/dev/null || true
    rm -rf "$root"
}
trap finish EXIT
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"; }
# Everything but what changes by itself.
files() { (cd "$root" && find . -xdev \( -path ./proc -o -path ./tmp -o -path ./run -o -path ./var/cache -o -path ./var/log \
    -o -path ./var/lib/dpkg -o -path ./var/lib/apt \) -prune -o -print | LC_ALL=C sort); }

debootstrap --variant=minbase --include=systemd bookworm "$root" "$mirror" >"$root.log" 2>&1 || {
    tail -5 "$root.log" >&2
    exit 1
}
rm "$root.log"
mount --bind /proc "$root/proc"
cp "$package" "$root/tmp/qklens.deb"
# What it depends on first, so that what the package itself leaves can be told apart.
inside apt-get install -y --no-install-recommends $(dpkg-deb -f "$package" Depends | sed 's/([^)]*)//g; s/,/ /g') >/dev/null
files >"$root/tmp/before"
inside apt-get install -y /tmp/qklens.deb
inside sh -c 'cd /tmp && exec /usr/share/doc/qklens/examples/demo.sh /usr/bin'
inside dpkg --purge qklens
files >"$root/tmp/after"
# The account stays, with the state that it owns.
left=$(LC_ALL=C comm -13 "$root/tmp/before" "$root/tmp/after" | grep -vE '^\./etc/(passwd|group|shadow|gshadow)-?$|^\./etc/\.pwd\.lock$|^\./var/lib/qklens' || true)
if [ -n "$left" ]; then
    echo "left behind:" >&2
    echo "$left" >&2
    exit 1
fi
echo "installed, worked, and left nothing but state"
