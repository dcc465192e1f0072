#!/bin/sh
# install.sh install|uninstall STAGE PREFIX DESTDIR: copies what stage.sh has laid out, or removes exactly what was copied; what was is
# written down in PREFIX/share/qklens/installed.
set -eu
action=$1 stage=$2 prefix=$3 destdir=$4
list=share/qklens/installed
to=$destdir$prefix

case $action in
install)
    mkdir -p "$to/$(dirname "$list")"
    (cd "$stage" && find . -type f | sed 's,^\./,,' | LC_ALL=C sort) | while read -r file; do
        mkdir -p "$to/$(dirname "$file")"
        case $file in
        *.service.in)
            # systemd wants absolute paths, those on the machine where it will run.
            sed -e "s,@bindir@,$prefix/bin,g" -e "s,@libexecdir@,$prefix/libexec/qklens,g" "$stage/$file" >"$to/${file%.in}"
            chmod 644 "$to/${file%.in}"
            echo "${file%.in}"
            ;;
        *)
            # A program that runs is replaced, not written to.
            cp -p "$stage/$file" "$to/$file.new"
            mv -f "$to/$file.new" "$to/$file"
            echo "$file"
            ;;
        esac
    done >"$to/$list.new"
    chmod 644 "$to/$list.new"
    mv "$to/$list.new" "$to/$list"
    [ -n "$destdir" ] || cat <<END
QKLens is installed below $prefix. To start your own daemon with the first call:
    systemctl --user daemon-reload && systemctl --user enable --now qklensd.socket
or, as root, one for the machine:
    systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload && systemctl enable --now qklensd.socket
END
    ;;
uninstall)
    if [ ! -f "$to/$list" ]; then
        echo "nothing is installed below $to: $to/$list is missing" >&2
        exit 1
    fi
    while read -r file; do rm -f "$to/$file"; done <"$to/$list"
    # Directories that were only ours go too; the others are not empty.
    directories=$(sed 's,/[^/]*$,,' "$to/$list" | LC_ALL=C sort -ur)
    rm "$to/$list"
    for directory in $directories; do
        (cd "$to" && rmdir -p --ignore-fail-on-non-empty "$directory" 2>/dev/null) || true
    done
    [ -n "$destdir" ] || echo "if a socket was enabled: systemctl [--user] disable --now qklensd.socket"
    echo "QKLens is removed from $to; what daemons keep (~/.local/state/qklens, /var/lib/qklens) is still there"
    ;;
*)
    echo "usage: install.sh install|uninstall STAGE PREFIX DESTDIR" >&2
    exit 64
    ;;
esac
