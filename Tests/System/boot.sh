#!/bin/bash
# boot.sh start|run CMD...|stop: a real systemd (PID 1) in private namespaces over an overlay of the host's root.
# Needs root. The host's root file system stays untouched (writes go to a tmpfs upper layer); no network.
# start: about 2 s.  Share files through $SDBOOT_DIR/share (default /tmp/sdboot/share) (seen inside as /mnt).
set -e
S=${SDBOOT_DIR:-/tmp/sdboot}; mkdir -p $S/share $S/w
case "$1" in
start)
  CG=$(awk '$3=="cgroup2"{print $2; exit}' /proc/mounts)      # here /sys/fs/cgroup/unified (hybrid v1 + v2)
  mkdir -p $CG/sdboot; : > $S/console.log
  setsid bash -c "echo \$\$ > $S/pid; echo \$\$ > $CG/sdboot/cgroup.procs; exec unshare --fork --pid --mount --cgroup --ipc --uts --net --kill-child=SIGKILL --propagation private $(readlink -f "$0") __inner" > $S/boot.log 2>&1 < /dev/null &
  for _ in $(seq 600); do sleep 0.1; "$0" run systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded' && { echo up; exit 0; }; done
  echo "did not boot, see $S/boot.log $S/console.log"; exit 1;;
__inner)
  W=$S/w; mount -t tmpfs tmpfs $W; mkdir -p $W/up $W/wk $W/root; R=$W/root
  mount -t overlay overlay -o lowerdir=/,upperdir=$W/up,workdir=$W/wk $R
  mount -t proc proc $R/proc; mount -t sysfs sysfs $R/sys; mount -t cgroup2 cgroup2 $R/sys/fs/cgroup
  mount -t tmpfs -o mode=755 tmpfs $R/dev
  for n in null zero full random urandom tty; do touch $R/dev/$n; mount --bind /dev/$n $R/dev/$n; done
  mkdir -p $R/dev/pts $R/dev/shm; mount -t devpts -o newinstance,ptmxmode=0666 devpts $R/dev/pts; ln -sf pts/ptmx $R/dev/ptmx; mount -t tmpfs tmpfs $R/dev/shm
  for f in fd:/proc/self/fd stdin:/proc/self/fd/0 stdout:/proc/self/fd/1 stderr:/proc/self/fd/2; do ln -sf ${f#*:} $R/dev/${f%%:*}; done
  touch $R/dev/console; mount --bind $S/console.log $R/dev/console
  mount -t tmpfs -o mode=755 tmpfs $R/run; mount --bind $S/share $R/mnt
  hostname sdboot
  ln -sf /lib/systemd/system/multi-user.target $R/etc/systemd/system/default.target
  for u in getty.target console-getty.service systemd-udevd.service systemd-udev-trigger.service systemd-networkd.service systemd-resolved.service systemd-timesyncd.service; do ln -sf /dev/null $R/etc/systemd/system/$u; done
  rm -f $R/etc/systemd/system/multi-user.target.wants/* $R/etc/systemd/system/timers.target.wants/* # only the base
  mkdir -p $R/oldroot; cd $R; pivot_root . oldroot; umount -l /oldroot
  exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --log-target=journal --show-status=1 </dev/null;;
run) shift
  P=$(pgrep -P "$(cat $S/pid)" | head -1)
  exec nsenter -t "$P" -m -p -u -i -C -n -- "$@";;
stop) kill -9 "$(cat $S/pid)"; rm -f $S/pid ;;
esac
