#!/bin/bash
# run.sh PACKAGE: installs PACKAGE.deb in a systemd that is booted for it alone (boot.sh) and tries everything there that needs one:
# the socket that starts the daemon, hardening with a real training, reload, the watchdog, kill -9, the end in the middle of a job, a
# user's own daemon, removal. Prints a line with its figure for each; status 0 if all hold. Needs root and cgroups; says so and
# skips, with status 0, where it may not.
set -u
package=$(readlink -f "$1")
here=$(dirname "$(readlink -f "$0")")
if [ "$(id -u)" != 0 ] || ! unshare --mount --pid --fork true 2>/dev/null || ! grep -q cgroup2 /proc/mounts; then
    echo "system-test: skipped: it needs root, namespaces and cgroup2"
    exit 0
fi
SDBOOT_DIR=$(mktemp -d /tmp/qklens-system.XXXXXX)
export SDBOOT_DIR
trap '"$here/boot.sh" stop; rm -rf "$SDBOOT_DIR"' EXIT
mkdir -p "$SDBOOT_DIR/share"
cp "$package" "$SDBOOT_DIR/share/qklens.deb"
cp "$here/inside.sh" "$SDBOOT_DIR/share"
"$here/boot.sh" start || exit 1
"$here/boot.sh" run bash /mnt/inside.sh
