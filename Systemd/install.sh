#!/bin/sh
# install.sh install|uninstall STAGE PREFIX DESTDIR: copies what stage.sh has laid out, or removes exactly what was copied. What was is
# written down in PREFIX/share/qklens/installed: files, and with a slash at their end the directories that were made for them. Installing
# over an older version removes what is no longer part of it.
set -eu
action=$1 stage=$2 prefix=$3 destdir=$4
list=share/qklens/installed
to=$destdir$prefix

# make DIRECTORY: makes what is missing of $to/DIRECTORY, and says which directories below $to that were.
make() {
    [ -d "$to/$1" ] && return
    case $1 in */*) make "${1%/*}" ;; esac
    mkdir "$to/$1"
    echo "$1/"
}

# remove LIST: removes what a list names; a directory only if nothing else is in it.
remove() {
    grep -v '/$' "$1" | while read -r file; do rm -f "$to/$file"; done
    grep '/$' "$1" | LC_ALL=C sort -r | while read -r directory; do
        rmdir --ignore-fail-on-non-empty "$to/$directory" 2>/dev/null || true
    done
}

case $action in
install)
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    : >"$work/made"
    if [ ! -d "$to" ]; then
        mkdir -p "$to"
        echo / >"$work/made"
    fi
    if [ -f "$to/$list" ]; then cp "$to/$list" "$work/before"; else : >"$work/before"; fi
    make "$(dirname "$list")" >>"$work/made"
    (cd "$stage" && find . -type f | sed 's,^\./,,' | LC_ALL=C sort) | while read -r file; do
        make "$(dirname "$file")" >>"$work/made"
        case $file in
        *.service.in)
            # systemd wants absolute paths, those on the machine where it will run.
            sed -e "s,@bindir@,$prefix/bin,g" -e "s,@libexecdir@,$prefix/libexec/qklens,g" "$stage/$file" >"$to/${file%.in}.new"
            chmod 644 "$to/${file%.in}.new"
            file=${file%.in}
            ;;
        *)
            # A program that runs is replaced, not written to.
            cp -p "$stage/$file" "$to/$file.new"
            ;;
        esac
        mv -f "$to/$file.new" "$to/$file"
        echo "$file"
    done >"$work/files"
    # Directories that an earlier version made are still ours.
    { grep '/$' "$work/before" || true; } | LC_ALL=C sort -u - "$work/made" >"$work/directories"
    cat "$work/files" "$work/directories" >"$to/$list.new"
    chmod 644 "$to/$list.new"
    mv "$to/$list.new" "$to/$list"
    LC_ALL=C sort "$to/$list" >"$work/now"
    LC_ALL=C sort "$work/before" | LC_ALL=C comm -23 - "$work/now" >"$work/gone"
    remove "$work/gone"
    [ -n "$destdir" ] || cat <<END
QKLens is installed below $prefix. To start your own daemon with the first call:
    systemctl --user daemon-reload && systemctl --user enable --now qklensd.socket
or one for the machine, whose users then log in anew:
    sudo systemd-sysusers && sudo systemd-tmpfiles --create && sudo systemctl daemon-reload
    sudo systemctl enable --now qklensd.socket && sudo adduser USER qklens
END
    ;;
uninstall)
    if [ ! -f "$to/$list" ]; then
        echo "nothing is installed below $to: $to/$list is missing" >&2
        exit 1
    fi
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mv "$to/$list" "$work/gone"
    remove "$work/gone"
    [ -n "$destdir" ] || echo "if a socket was enabled: systemctl [--user] disable --now qklensd.socket"
    echo "QKLens is removed from $to; what daemons keep (~/.local/state/qklens, /var/lib/qklens) is still there"
    ;;
*)
    echo "usage: install.sh install|uninstall STAGE PREFIX DESTDIR" >&2
    exit 64
    ;;
esac
