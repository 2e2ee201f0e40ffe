#!/usr/bin/env bash
# Starts Ceph's S3 gateway, a real S3 that nobody here wrote, on loopback, over a monitor and an OSD that keep all in memory;
# runs until it is interrupted, or until its standard input ends. Debian's packages (62 MB) are unpacked below
# artifacts/tools/ceph; nothing is installed.
#
#   hack/radosgw.sh [PORT [MONITOR]]   7480 by default; access key AKID, secret SECRET, region us-east-1, path style, one bucket:
#                            logs. MONITOR is the monitor's port, by default the next one
#   hack/radosgw.sh unpack   only gets the packages; does nothing where they are there
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD/artifacts/tools/ceph
libraries=usr/lib/$(uname -m)-linux-gnu

if [[ ! -x $root/usr/bin/radosgw ]]; then
  echo "getting Ceph's S3 gateway from Debian's packages" >&2
  # Lists of its own, so that no root is needed: nothing is installed.
  debs=$(mktemp -d)
  trap 'rm -rf "$debs" "$root.new"' EXIT
  mkdir -p "$debs/lists/partial"
  lists=(-o APT::Sandbox::User=root -o "Dir::State::lists=$debs/lists" -o "Dir::Cache=$debs/cache" -o Debug::NoLocking=true)
  apt-get "${lists[@]}" update -qq
  # What these need beyond a usual Debian, without the disk tools that a memory store has no use for.
  uris=$(apt-get "${lists[@]}" install --print-uris --yes --no-install-recommends radosgw ceph-mon ceph-osd ceph-common | sed -n "s/^'.*' \([^_]*\)_.* .*/\1/p" |
    grep -vE '^(sudo|lvm2|dmeventd|liblvm2.*|parted|libparted2|smartmontools|nvme-cli|libnvme1|hdparm|gdisk|xfsprogs|logrotate|uuid-runtime|dmidecode)$')
  # shellcheck disable=SC2086
  (cd "$debs" && apt-get "${lists[@]}" download -qq $uris)
  rm -rf "$root.new"
  mkdir -p "$root.new"
  for deb in "$debs"/*.deb; do dpkg -x "$deb" "$root.new"; done
  rm -rf "$root"
  mv "$root.new" "$root"
  rm -rf "$debs"
fi
[[ ${1:-} != unpack ]] || exit 0

port=${1:-7480}
lib=$root/$libraries
work=$(mktemp -d "${TMPDIR:-/tmp}/radosgw.XXXXXX")
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
trap 'exit 0' INT TERM
base=$root/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH=$lib:$lib/ceph:$base PYTHONPATH=$root/usr/lib/python3/dist-packages
bin=$root/usr/bin
fsid=$(cat /proc/sys/kernel/random/uuid)
monitor=127.0.0.1:${2:-$((port + 1))}
mkdir "$work/mon" "$work/osd" "$work/rgw"
cat >"$work/ceph.conf" <<END
[global]
fsid = $fsid
mon host = $monitor
mon initial members = a
auth cluster required = none
auth service required = none
auth client required = none
# Without keys there is nothing to encrypt with, and the gateway would ask for it.
ms client mode = crc
ms mon client mode = crc
ms mon service mode = crc
ms mon cluster mode = crc
ms cluster mode = crc
ms service mode = crc
public network = 127.0.0.0/8
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 1073741824
mon allow pool size one = true
mon data avail crit = 1
mon max pg per osd = 10000
plugin dir = $lib/ceph
erasure code dir = $lib/ceph/erasure-code
osd class dir = $lib/rados-classes
mon data = $work/mon
osd data = $work/osd
rgw data = $work/rgw
rgw frontends = beast endpoint=127.0.0.1:$port
run dir = $work
admin socket =
log file = $work/\$name.log
pid file = $work/\$name.pid
END

start() { "$bin/$1" -c "$work/ceph.conf" "${@:2}" -f >"$work/$1.out" 2>&1 & pids+=($!); }
# Until COMMAND… works: at most 60 times, and no longer than what was started last runs.
await() {
  for _ in {1..60}; do
    if "$@" >/dev/null 2>&1; then return; fi
    kill -0 "${pids[-1]}" 2>/dev/null || break
    sleep 0.5
  done
  echo "hack/radosgw.sh: \"$*\" does not work; what Ceph says is in $work" >&2
  trap - EXIT
  kill "${pids[@]}" 2>/dev/null || true
  exit 1
}
s3() { curl --silent --fail --aws-sigv4 aws:amz:us-east-1:s3 --user AKID:SECRET --header x-amz-content-sha256:UNSIGNED-PAYLOAD "$@"; }

"$bin/monmaptool" --create --add a "$monitor" --fsid "$fsid" "$work/monmap" >/dev/null
"$bin/ceph-mon" -c "$work/ceph.conf" -i a --mkfs --monmap "$work/monmap" >/dev/null 2>&1
start ceph-mon -i a
"$bin/ceph-osd" -c "$work/ceph.conf" -i 0 --mkfs --osd-uuid "$(cat /proc/sys/kernel/random/uuid)" >/dev/null 2>&1
await timeout 10 python3 "$bin/ceph" -c "$work/ceph.conf" osd new "$(cat "$work/osd/fsid")" 0
start ceph-osd -i 0
await timeout 30 "$bin/radosgw-admin" -c "$work/ceph.conf" user create --uid=collector --display-name=collector --access-key=AKID --secret=SECRET
start radosgw -n client.admin
await s3 --request PUT "http://127.0.0.1:$port/logs"
echo "radosgw listens on http://127.0.0.1:$port (access key AKID, secret SECRET, region us-east-1, bucket logs); Ctrl-C ends it"
# Whoever starts it from a program holds the other end of its input, and cannot die without closing it.
if [[ ! -t 0 ]]; then
  exec 3<&0 # The shell gives what runs in the background an empty input, unless it is told.
  cat <&3 >/dev/null & pids+=($!)
fi
wait -n "${pids[@]}"
