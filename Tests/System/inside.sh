#!/bin/bash
# inside.sh: what run.sh does inside the booted system.
set -u
failures=0

# claim TEXT CONDITION...: a line that says whether the condition holds.
claim() {
    local text=$1
    shift
    if "$@" >/dev/null 2>&1; then echo "ok      $text"; else
        echo "FAILED  $text"
        failures=$((failures + 1))
    fi
}
now() { date +%s%N; }
# since START: milliseconds.
since() { echo $((($(now) - $1) / 1000000)); }
# until_true TENTHS CONDITION...: waits for a condition.
until_true() {
    local left=$1
    shift
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ $left -gt 0 ] || return 1
        sleep 0.1
    done
}
property() { systemctl show qklensd.service --property "$1" --value; }
# The daemon's process; never 0, which kill takes for everybody.
main() { pgrep -o -x qklensd || echo "no qklensd"; }
restarts() { property NRestarts; }
state_is() { [ "$(qklens jobs get "$1" --json | jq -r .state)" = "$2" ]; }
drop_in() {
    mkdir -p /run/systemd/system/qklensd.service.d
    printf '[Service]\n%s\n' "$1" >/run/systemd/system/qklensd.service.d/test.conf
    systemctl daemon-reload
}
export -f property
files() { find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /mnt -o -path /var/log -o -path /var/cache \
    -o -path /var/lib/dpkg -o -path /var/lib/qklens -o -path /var/lib/systemd \
    -o -path /root/.cache \) -prune -o -print | LC_ALL=C sort; }

echo "== installation"
files >/tmp/before
# Containers forbid packages to start anything; here is a machine that boots.
rm -f /usr/sbin/policy-rc.d
claim "the package installs" bash -c 'dpkg -i /mnt/qklens.deb >/tmp/dpkg.log 2>&1'
claim "the account exists" id qklens
claim "the socket listens and the daemon does not run yet" [ "$(systemctl is-active qklensd.socket qklensd.service | xargs)" = "active inactive" ]
claim "the socket is root:qklens 0660" [ "$(stat -c %U:%G:%a /run/qklens/rpc.sock)" = root:qklens:660 ]
claim "units pass systemd-analyze verify" bash -c '[ -z "$(systemd-analyze verify /lib/systemd/system/qklensd.{socket,service} 2>&1)" ]'
exposure=$(systemd-analyze security --offline=true /lib/systemd/system/qklensd.service | sed -n 's/.*: \([0-9.]*\) .*/\1/p')
claim "systemd-analyze security --offline: $exposure (at most 0.5)" awk "BEGIN { exit !($exposure <= 0.5) }"

echo "== activation"
start=$(now)
qklens system ping >/dev/null
answered=$?
took=$(since "$start")
claim "the first call starts the daemon and is answered after $took ms (at most 2000)" [ "$answered" = 0 -a "$took" -le 2000 ]
claim "systemd knows that it is ready" [ "$(property ActiveState)" = active ]
[ "$failures" = 0 ] || {
    journalctl -u qklensd.socket -u qklensd.service -o cat | tail -40
    cat /tmp/dpkg.log
    exit 1
}
exposure=$(systemd-analyze security qklensd.service --no-pager | sed -n 's/.*: \([0-9.]*\) .*/\1/p')
claim "systemd-analyze security, live: $exposure" awk "BEGIN { exit !($exposure <= 0.5) }"
useradd -m stranger && useradd -m -G qklens member
claim "a member of the group may connect" setpriv --reuid member --regid member --init-groups qklens system ping --socket /run/qklens/rpc.sock
claim "a stranger may not, and is told who may" bash -c '! setpriv --reuid stranger --regid stranger --init-groups qklens system ping --socket /run/qklens/rpc.sock 2>/tmp/stranger && grep -q adduser /tmp/stranger'

echo "== work under hardening"
claim "OpenBLAS works: a forward pass" qklens tokens predict "When John and Mary went to the store," --top-k 1
start=$(now)
qklens dictionaries train --layer 0 --steps 150 --wait >/tmp/train.log 2>&1
claim "the worker trains a dictionary ($(since "$start") ms)" qklens dictionaries get d1
job=$(qklens dictionaries train --layer 0 --steps 100000 --detach --json | jq -r .job.job)
until_true 100 pgrep -f libexec/qklens/qklens-worker
worker=$(pgrep -f libexec/qklens/qklens-worker | head -1)
until_true 50 bash -c "chrt -p $worker | grep -q SCHED_IDLE"
claim "the worker runs at idle priority, in the service's cgroup" bash -c "chrt -p $worker | grep -q SCHED_IDLE && grep -q qklensd.service /proc/$worker/cgroup"
claim "the status says what it does" until_true 100 bash -c "property StatusText | grep -q 'job $job'"
echo "        $(property StatusText)"

echo "== reload"
printf 'log_level = debug\njobs = 2\n' >/etc/qklens/qklensd.conf
before=$(property MainPID)
claim "systemctl reload" systemctl reload qklensd
claim "the new log level is in force, the process is the same" until_true 50 bash -c "journalctl -u qklensd | grep -q 'log_level is debug' && [ \$(property MainPID) = $before ]"
claim "what wants a restart is named" until_true 50 bash -c "journalctl -u qklensd | grep -q 'only after a restart: jobs (/etc/qklens/qklensd.conf:2)'"
printf 'log_level = loud\n' >/etc/qklens/qklensd.conf
systemctl reload qklensd
claim "a wrong configuration is told and changes nothing" until_true 50 bash -c "journalctl -u qklensd | grep -q 'not taken over' && qklens system ping"
: >/etc/qklens/qklensd.conf

echo "== the end in the middle of a job"
until_true 300 bash -c "[ \$(qklens jobs get $job --json | jq '.progress.step // 0') -gt 20 ]"
start=$(now)
systemctl stop qklensd.service
took=$(since "$start")
claim "stop during training takes $took ms (at most 10000)" [ "$took" -le 10000 ]
claim "it ended by itself, not by SIGKILL" [ "$(property Result)" = success ]
claim "the socket still listens" systemctl is-active qklensd.socket
claim "the next call starts it, and the job runs again" until_true 100 state_is "$job" running
claim "it goes on from a checkpoint" until_true 200 bash -c "journalctl -u qklensd | grep -q 'job $job goes on from step'"
journalctl -u qklensd -o cat | grep "job $job goes on from step" | tail -1 | sed 's/^/        /'

echo "== kill -9"
count=$(restarts)
kill -9 "$(main)"
start=$(now)
for i in $(seq 20); do (qklens system ping >/tmp/ping.$i 2>&1 && since "$start" >/tmp/took.$i) & done
wait
claim "20 of 20 clients that came while it was down are answered, the last after $(sort -n /tmp/took.* | tail -1) ms (at most 2000)" \
    [ "$(ls /tmp/took.* | wc -l)" = 20 -a "$(sort -n /tmp/took.* | tail -1)" -le 2000 ]
claim "systemd has restarted it" [ "$(restarts)" -gt "$count" ]
claim "the job runs again" until_true 100 state_is "$job" running
before=$(property MainPID)
attempts=$(qklens jobs get "$job" --json | jq .attempts)
kill -9 "$(pgrep -f libexec/qklens/qklens-worker | head -1)"
claim "a killed worker is started again" until_true 100 bash -c "[ \$(qklens jobs get $job --json | jq .attempts) -gt $attempts ]"
claim "and the daemon stays" [ "$before" != 0 -a "$(property MainPID)" = "$before" ]
qklens jobs cancel "$job" >/dev/null

echo "== the watchdog"
systemctl stop qklensd.service
drop_in WatchdogSec=4
qklens system ping >/dev/null
start=$(now)
sleep 9
claim "a daemon that moves is left alone (NRestarts $(restarts) after 9 s of WatchdogSec=4)" [ "$(restarts)" = 0 ]
kill -STOP "$(main)"
start=$(now)
claim "a daemon that hangs is restarted" until_true 150 bash -c '[ "$(property NRestarts)" -ge 1 ]'
echo "        after $(since "$start") ms"
claim "and answers" qklens system ping
before=$(restarts)
job=$(qklens dictionaries train --layer 0 --steps 400 --detach --json | jq -r .job.job)
until_true 300 state_is "$job" finished
claim "a training does not look like a hang" [ "$(restarts)" = "$before" ]
rm -r /run/systemd/system/qklensd.service.d
systemctl daemon-reload

echo "== a daemon that cannot start"
systemctl stop qklensd.service
printf 'jobs = many\n' >/etc/qklens/qklensd.conf
for i in $(seq 30); do qklens system ping >/tmp/wrong.$i 2>&1; done
claim "$(grep -l "jobs is 'many' (/etc/qklens/qklensd.conf:1)" /tmp/wrong.* | wc -l) of 30 clients are told what is wrong with the configuration" \
    [ "$(grep -l "jobs is 'many' (/etc/qklens/qklensd.conf:1)" /tmp/wrong.* | wc -l)" = 30 ]
claim "the socket still listens" systemctl is-active qklensd.socket
printf 'state_directory = /srv/qklens\n' >/etc/qklens/qklensd.conf
claim "what no two daemons can share is refused in the file that all of them read" bash -c 'qklensd --check-config 2>&1 | grep -q "systemctl edit"'
: >/etc/qklens/qklensd.conf
claim "once that is mended, the next call is answered" qklens system ping
systemctl stop qklensd.service
flock /var/lib/qklens/service.lock sleep 600 &
holder=$!
until_true 50 bash -c '! flock -n /var/lib/qklens/service.lock true'
claim "clients of a daemon whose state is locked are told so" bash -c 'qklens system ping 2>&1 | grep -q "service.lock is locked"'
pkill -P $holder sleep
kill $holder 2>/dev/null
start=$(now)
claim "it stays and tries again by itself" until_true 20 bash -c '[ "$(property ActiveState)" = activating ]'
claim "and runs once the lock is free" until_true 200 bash -c '[ "$(property ActiveState)" = active ]'
echo "        after $(since "$start") ms"
claim "the socket still listens" systemctl is-active qklensd.socket

echo "== strangers' directories and sockets"
install -d -o stranger -m 777 /tmp/qklens-0
claim "a daemon does not listen in another user's directory" bash -c \
    'env -u XDG_RUNTIME_DIR qklensd --state-directory /tmp/state-of-root 2>&1 | grep -q "/tmp/qklens-0 belongs to user"'
rm -rf /tmp/qklens-0 /tmp/state-of-root
place=/tmp/qklens-$(id -u member)
install -d -o stranger -m 777 "$place"
setpriv --reuid stranger --regid stranger --init-groups systemd-socket-activate --inetd -a -l "$place/rpc.sock" /bin/sh -c 'cat >>/tmp/overheard' 2>/dev/null &
squatter=$!
until_true 50 test -S "$place/rpc.sock"
chmod 777 "$place/rpc.sock"
setpriv --reuid member --regid member --init-groups env -u XDG_RUNTIME_DIR qklens tokens predict "a secret" >/tmp/squatted 2>&1
claim "the command tells another user's listener nothing" [ $? = 2 -a ! -s /tmp/overheard ]
claim "and says who listens" grep -q "user $(id -u stranger) listens at $place" /tmp/squatted
kill $squatter
rm -rf "$place" /tmp/overheard

echo "== backup and restore"
qklens store backup /var/lib/qklens/monday.mdb >/tmp/backup.log 2>&1
claim "root's backup below the state directory" test -s /var/lib/qklens/monday.mdb
for way in "runuser -u qklens --" ""; do
    qklens dictionaries delete d1 >/dev/null 2>&1
    systemctl stop qklensd.socket qklensd.service
    claim "restore by '${way:-root}'" $way qklensd --state-directory /var/lib/qklens --restore /var/lib/qklens/monday.mdb
    claim "everything is still the account's" [ -z "$(find /var/lib/qklens ! -user qklens)" ]
    find /var/lib/qklens ! -user qklens | sed 's/^/        /'
    chown -R qklens:qklens /var/lib/qklens
    systemctl start qklensd.socket
    claim "the daemon starts on it, and what was deleted is back" qklens dictionaries get d1
done
rm -f /var/lib/qklens/monday.mdb

echo "== the demo from the installed files"
start=$(now)
(cd /tmp && /usr/share/doc/qklens/examples/demo.sh /usr/bin) >/tmp/demo.log 2>&1
status=$?
claim "demo.sh ends with status 0 ($(since "$start") ms)" [ $status = 0 ]

echo "== a user's own daemon"
home=$(getent passwd member | cut -d: -f6)
uid=$(id -u member)
install -d -o member -g member -m 700 "/run/user/$uid"
systemd-run --quiet --unit users-manager -p User=member -p Delegate=yes -p Environment="XDG_RUNTIME_DIR=/run/user/$uid HOME=$home" \
    /lib/systemd/systemd --user
as_member() { setpriv --reuid member --regid member --init-groups env -i PATH=/usr/bin:/bin HOME="$home" XDG_RUNTIME_DIR="/run/user/$uid" "$@"; }
until_true 50 test -S "/run/user/$uid/systemd/private"
claim "the package has not enabled it" [ ! -e "/run/user/$uid/qklens/rpc.sock" ]
claim "a member of the group talks to the machine's daemon" \
    [ "$(as_member qklens system info --json | jq .pid | xargs -I{} stat -c %U /proc/{})" = qklens ]
claim "the user enables it" as_member systemctl --user enable --now qklensd.socket
until_true 50 test -S "/run/user/$uid/qklens/rpc.sock"
start=$(now)
claim "the first call starts it" as_member qklens system ping
echo "        after $(since "$start") ms"
claim "it runs as the user" [ "$(as_member qklens system info --json | jq .pid | xargs -I{} stat -c %U /proc/{})" = member ]
claim "it trains" as_member qklens dictionaries train --layer 0 --steps 20 --wait
claim "its state is below ~/.local/state" test -d "$home/.local/state/qklens"
claim "its unit is one that systemd-analyze finds nothing wrong with" as_member systemd-analyze verify --user /usr/lib/systemd/user/qklensd.service
systemctl stop users-manager

echo "== manual and completions"
for page in 1:qklens 8:qklensd 5:qklensd.conf 7:qklensd-rpc; do
    claim "man ${page#*:}(${page%:*})" bash -c "man -w ${page%:*} ${page#*:} || test -f /usr/share/man/man${page%:*}/${page#*:}.${page%:*}.gz"
done
claim "bash completes" bash -c 'source /usr/share/bash-completion/completions/qklens; complete -p qklens'

echo "== removal"
userdel -r member 2>/dev/null
userdel -r stranger 2>/dev/null
dpkg --purge qklens >/tmp/dpkg.log 2>&1
claim "the package goes" bash -c '! dpkg -s qklens'
claim "nothing runs" bash -c '! pgrep -x qklensd'
files >/tmp/after
# Accounts stay, and the tools that made them keep copies.
left=$(comm -13 /tmp/before /tmp/after | grep -vE '^/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$|^/etc/\.pwd\.lock$|/__pycache__')
claim "nothing is left but the state" [ -z "$left" ]
[ -z "$left" ] || echo "$left" | sed 's/^/        /'
claim "the state is left" test -d /var/lib/qklens

echo
[ "$failures" = 0 ] && echo "everything holds" || {
    echo "$failures do not hold; the daemon's log:"
    journalctl -u qklensd -o cat | tail -40
}
exit $((failures > 0))
