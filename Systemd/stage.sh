#!/bin/sh
# stage.sh PROGRAMS STAGE: lays out in STAGE, as below a prefix, everything that an installation consists of: the programs from the
# directory PROGRAMS without their debugging symbols, units, manual pages, completions, the embedded model, documents.
set -eu
programs=$1 stage=$2
here=$(dirname "$0")
root=$here/..

rm -rf "$stage"
for directory in bin libexec/qklens share/qklens/models/demo-4l share/qklens/goldens share/doc/qklens/examples \
    share/man/man1 share/man/man5 share/man/man7 share/man/man8 \
    share/bash-completion/completions share/zsh/site-functions share/fish/vendor_completions.d \
    lib/systemd/user lib/systemd/system lib/sysusers.d lib/tmpfiles.d; do
    mkdir -p "$stage/$directory"
done

for program in bin/qklens bin/qklensd libexec/qklens/qklens-worker; do
    strip --strip-unneeded -o "$stage/$program" "$programs/$(basename "$program")"
    chmod 755 "$stage/$program"
done
install -m 644 "$root"/Sources/Daemon/Models/demo-4l/* "$stage/share/qklens/models/demo-4l"
install -m 644 "$root"/Sources/Daemon/Models/goldens/* "$stage/share/qklens/goldens"

for kind in user system; do
    install -m 644 "$here/$kind/qklensd.socket" "$here/$kind/qklensd.service.in" "$stage/lib/systemd/$kind"
done
install -m 644 "$here/sysusers.d/qklens.conf" "$stage/lib/sysusers.d"
install -m 644 "$here/tmpfiles.d/qklens.conf" "$stage/lib/tmpfiles.d"

# The date of the last release, or of SOURCE_DATE_EPOCH, so that the same sources give the same pages.
date=$(LC_ALL=C date -u -d "@${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}" '+%B %-d, %Y')
for page in qklens.1 qklensd.8 qklensd.conf.5 qklensd-rpc.7; do
    "$programs/qklens" --experimental-dump-help |
        "$programs/qklens-manual" "$page" --date "$date" --text "$here/man/$page.mdoc" >"$stage/share/man/man${page##*.}/$page"
done
"$programs/qklens-manual" qklensd.conf >"$stage/share/doc/qklens/examples/qklensd.conf"

for program in qklens qklensd; do
    # It is read by a shell, not run: no line that names an interpreter.
    "$programs/$program" --generate-completion-script bash | sed '1{/^#!/d}' >"$stage/share/bash-completion/completions/$program"
    "$programs/$program" --generate-completion-script zsh >"$stage/share/zsh/site-functions/_$program"
    "$programs/$program" --generate-completion-script fish >"$stage/share/fish/vendor_completions.d/$program.fish"
done

install -m 644 "$root/README.md" "$root/CHANGELOG.md" "$root/LICENSE" "$stage/share/doc/qklens"
install -m 755 "$root/Clients/Demo/demo.sh" "$stage/share/doc/qklens/examples"
