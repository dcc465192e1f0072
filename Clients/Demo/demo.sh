#!/bin/sh
# From nothing to the feature pairs that explain a head's look, on the embedded model.
#
#   demo.sh BIN_DIR
#
# Starts a daemon of its own, with a socket and a state directory that are gone afterwards; a daemon that runs already is left alone.
# Every command is printed before it runs, as it could be typed. A page to look at, qklens-demo.html, stays in this directory. Ends with status 0 only if every stage has worked.
set -eu

if [ $# -ne 1 ] || [ ! -x "$1/qklensd" ] || [ ! -x "$1/qklens" ]; then
    echo "usage: demo.sh BIN_DIR, the directory with qklensd, qklens-worker and qklens ('swift build -c release --show-bin-path')" >&2
    exit 64
fi
bin=$1
report=$PWD/qklens-demo.html
home=$(mktemp -d "${TMPDIR:-/tmp}/qklens-demo.XXXXXX")
QKLENS_SOCKET=$home/rpc.sock
export QKLENS_SOCKET
daemon=

# Ends the daemon and checks that it has left nothing behind; runs however the demo ends.
finish() {
    status=$?
    trap - EXIT HUP INT TERM
    if [ -n "$daemon" ]; then
        # The worker, if one is at work, has the daemon as its parent until the daemon ends.
        workers=$(ps -o pid= --ppid "$daemon" 2>/dev/null || true)
        kill -TERM "$daemon" 2>/dev/null || true
        wait "$daemon" || { echo "demo: qklensd ended with status $?" >&2; [ "$status" -ne 0 ] || status=1; }
        for pid in $workers; do
            if kill -0 "$pid" 2>/dev/null; then
                echo "demo: process $pid is still running" >&2
                [ "$status" -ne 0 ] || status=1
            fi
        done
        if [ -e "$QKLENS_SOCKET" ]; then
            echo "demo: qklensd has left its socket behind" >&2
            [ "$status" -ne 0 ] || status=1
        fi
    fi
    if [ "$status" -ne 0 ] && [ -s "$home/qklensd.log" ]; then
        echo "demo: the last lines of the daemon's log:" >&2
        tail -n 20 "$home/qklensd.log" >&2
    fi
    rm -rf "$home"
    exit "$status"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Says what comes, shows the command as it would be typed, and runs it.
stage() {
    printf '\n== %s\n' "$1"
    shift
    printf '$ qklens'
    for word; do
        case $word in
            *[!A-Za-z0-9._/=-]*) printf ' "%s"' "$word" ;;
            *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n\n'
    "$bin/qklens" "$@"
}

"$bin/qklensd" --socket "$QKLENS_SOCKET" --state-directory "$home/state" >"$home/qklensd.log" 2>&1 &
daemon=$!

# Ten seconds at most, and not one of them if the daemon has ended.
tries=100
until "$bin/qklens" system ping >/dev/null 2>&1; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ] || ! kill -0 "$daemon" 2>/dev/null; then
        echo "demo: qklensd does not answer" >&2
        exit 1
    fi
    sleep 0.1
done

# The first token is BOS, so that "When" stands at position 1 and the John who acts at position 10.
prompt='When John and Mary went to the store, John gave a drink to'
acting=10

stage 'The model that comes with the daemon' models get demo-4l
stage 'It has learnt who is left to receive the drink' tokens predict "$prompt" --top-k 3
stage 'Where its head 0.2 looks' attention pattern "$prompt" --layer 0 --heads 2
stage 'A dictionary: features of what layer 0 asks for, and of what it offers' dictionaries train --layer 0
stage 'A map: which pairs of them the heads need' maps train d1
stage 'How much of the patterns the features account for' attention reconstruct "$prompt" --map m1
stage 'The strongest pairs of head 0.2' pairs top m1 --head 2 --limit 10
stage 'Where the heads of layer 0 look from the last word, and why' explain "$prompt" --layer 0
stage 'Why head 0.2 looks from the last word at the John who acts' explain "$prompt" --layer 0 --head 2 --src "$acting"
stage 'Where every pair of the map acts in the text' examples collect m1 --contexts 256
pair=$("$bin/qklens" interventions rank m1 --head 2 --task indirect_object --top 1 --json |
    sed -n 's/.*"query_feature":\([0-9]*\),"key_feature":\([0-9]*\).*/\1 \2/p')
stage 'The pairs that head 0.2 needs to find who is left, and what removing them does' \
    interventions rank m1 --head 2 --task indirect_object
stage 'The first of them, in the text' pairs examples m1 "${pair% *}" "${pair#* }" --head 2 --limit 3

stage 'All of this as a page to look at' report attention "$prompt" --map m1 --output "$report" --force

printf '\n== Done: open %s in a browser\n' "$report"
