#!/bin/sh
# Runs an image's program as a container would: a root folder of its own that cannot be written
# to, its own process ids, a user without rights. Libraries are those of this machine.
#
#   container.sh ROOT SETUP USER GROUP COMMAND
#
# with the program already in ROOT. SETUP are the image's own RUN instructions.
set -eu
root=$1 setup=$2 user=$3 group=$4 command=$5

mount --make-rprivate /
for folder in bin lib lib64 usr/bin usr/lib usr/lib64; do
  [ -d "/$folder" ] || continue
  mkdir -p "$root/$folder"
  mount --bind "/$folder" "$root/$folder"
done
mkdir -p "$root/dev" "$root/proc" "$root/etc"
echo "127.0.0.1 localhost" >"$root/etc/hosts"
for device in null urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
chroot "$root" /bin/sh -euc "$setup"
[ ! -f "$root.yaml" ] || cp "$root.yaml" "$root/config/config.yaml"
mount -t proc proc "$root/proc"
mount --rbind "$root" "$root"
mount -o remount,bind,ro "$root"
exec chroot --userspec="$user:$group" "$root" /bin/sh -c "cd /app && exec $command"
