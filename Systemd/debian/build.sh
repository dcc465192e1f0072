#!/bin/sh
# build.sh STAGE OUT: makes OUT/qklens_VERSION_ARCHITECTURE.deb of what stage.sh has laid out. Needs dpkg-dev, for what the programs depend on.
# $DEBFULLNAME and $DEBEMAIL name another maintainer than the authors.
set -eu
stage=$1 out=$2
here=$(dirname "$0")
command -v dpkg-shlibdeps >/dev/null || {
    echo "make deb needs dpkg-dev: apt-get install dpkg-dev" >&2
    exit 1
}
umask 022
root=$out/deb
rm -rf "$root"
mkdir -p "$root/DEBIAN" "$root/etc/qklens"
"$here/../install.sh" install "$stage" /usr "$(pwd)/$root"

# Where Debian has it otherwise than below a prefix.
rm "$root/usr/share/qklens/installed"
mkdir -p "$root/lib/systemd" "$root/usr/share/zsh/vendor-completions"
mv "$root/usr/lib/systemd/system" "$root/lib/systemd/system"
mv "$root"/usr/share/zsh/site-functions/* "$root/usr/share/zsh/vendor-completions"
rmdir "$root/usr/share/zsh/site-functions"
document=$root/usr/share/doc/qklens
mv "$document/examples/qklensd.conf" "$root/etc/qklens/qklensd.conf"
echo /etc/qklens/qklensd.conf >"$root/DEBIAN/conffiles"

version=$("$stage/bin/qklensd" --version)
architecture=$(dpkg --print-architecture)
stamp=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct 2>/dev/null || date +%s)}
maintainer="${DEBFULLNAME:-QKLens authors} <${DEBEMAIL:-authors@qklens.org}>"

licence=$(tail -n +5 "$document/LICENSE" | sed 's/^$/./; s/^/ /') awk '
    $0 == "@license@" { print ENVIRON["licence"]; next } { print }' "$here/copyright.in" >"$document/copyright"
rm "$document/LICENSE"
printf 'qklens (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md.gz.\n\n -- %s  %s\n' "$version" "$maintainer" \
    "$(LC_ALL=C date -u -R -d "@$stamp")" >"$document/changelog"
gzip -9n "$document/changelog" "$document/CHANGELOG.md"
find "$root/usr/share/man" -type f -exec gzip -9n {} +

# What the programs need, by the symbols they use.
work=$out/shlibs
rm -rf "$work"
mkdir -p "$work/debian"
printf 'Source: qklens\n\nPackage: qklens\nArchitecture: any\n' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O ../deb/usr/bin/qklens ../deb/usr/bin/qklensd ../deb/usr/libexec/qklens/qklens-worker |
    sed -n 's/^shlibs:Depends=//p')
rm -rf "$work"

size=$(du -sk --exclude=DEBIAN "$root" | cut -f1)
sed -e "s/@version@/$version/" -e "s/@maintainer@/$maintainer/" -e "s/@architecture@/$architecture/" -e "s/@size@/$size/" -e "s/@depends@/$depends/" \
    "$here/control.in" >"$root/DEBIAN/control"
install -m 755 "$here/postinst" "$here/prerm" "$here/postrm" "$root/DEBIAN"
(cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\n' | LC_ALL=C sort | xargs md5sum >DEBIAN/md5sums)
package=$out/qklens_${version}_$architecture.deb
SOURCE_DATE_EPOCH=$stamp dpkg-deb --root-owner-group -Zxz -z3 --build "$root" "$package"
rm -rf "$root"
if command -v lintian >/dev/null; then lintian --fail-on error "$package"; fi
