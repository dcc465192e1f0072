#!/usr/bin/env bash
# regenerate.sh BIN_DIR: writes the typed methods anew from the document of the daemon in BIN_DIR.
set -euo pipefail
programs=$(realpath "$1")
home=$(mktemp -d)
"$programs/qklensd" --socket "$home/rpc.sock" --state-directory "$home/state" --log-level error &
daemon=$!
trap 'kill "$daemon"; wait "$daemon" || true; rm -rf "$home"' EXIT
for _ in $(seq 200); do [ -S "$home/rpc.sock" ] && break; sleep 0.05; done
"$programs/qklens" rpc rpc.discover --socket "$home/rpc.sock" | python3 "$(dirname "$0")/generate.py"
