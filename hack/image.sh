#!/usr/bin/env bash
# Builds the image of the Dockerfile without a registry, and runs what is in it: in a namespace of its own, on a read-only root,
# as root with the chart's one capability, and as another user. Needs root.
#
# The bases are made here and carry the names of the real ones, so that the Dockerfile is built as it is: Debian's base system for the
# build's, with OpenSSL and CA certificates for the runtime's, and this machine's SDK for the SDK's. So it shows that the Dockerfile
# builds, that the result is complete and runs, but not that the real bases have the same. For arm64 it is built, too, and not run.
#
#   hack/image.sh [KEEP]   KEEP: a directory for the bases and layers, used again the next time; otherwise all of it is deleted
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=()
for command in buildah debootstrap; do command -v "$command" >/dev/null || packages+=("$command"); done
((${#packages[@]} == 0)) || hack/apt-install.sh "${packages[@]}"

work=$(mktemp -d "${TMPDIR:-/tmp}/collector-image.XXXXXX")
storage=${1:-$work}
mkdir -p "$storage"
storage=$(cd "$storage" && pwd)
buildah() { command buildah --root "$storage/storage" --runroot "$work/run" "$@"; }

containers=()
end() {
  for container in "${containers[@]}"; do buildah rm "$container" >/dev/null || true; done
  # What buildah has left mounted, the innermost first.
  awk -v below="$storage/storage/overlay" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mounted; do umount "$mounted" || true; done
  rm -rf "$work"
}
trap end EXIT

image=collector:local
commit=$(git rev-parse --short=12 HEAD)

# base NAME SOURCE-DIR [ARG...]: an image of a directory, unless there is one.
base() {
  local name=$1 tree=$2
  shift 2
  buildah inspect --type image "$name" >/dev/null 2>&1 && return
  local container
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$tree" / >/dev/null
  [[ $# -eq 0 ]] || buildah config "$@" "$container"
  buildah commit --quiet --rm "$container" "$name" >/dev/null
}

argument() { sed -n "s/^ARG $1=//p" Dockerfile; }
runtime_base=mcr.microsoft.com/dotnet/runtime-deps:$(argument RUNTIME_TAG)
sdk_base=mcr.microsoft.com/dotnet/sdk:$(argument SDK_TAG)

build_base=debian:$(argument BUILD_TAG)

if ! buildah inspect --type image "$runtime_base" >/dev/null 2>&1; then
  # shellcheck disable=SC2016  # apt's own variable
  archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | grep -v security | head -n 1)
  # shellcheck source=/dev/null
  suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
  echo "== bases from Debian $suite"
  debootstrap --variant=minbase "$suite" "$work/tree" "$archive" >"$work/debootstrap.log"
  # The authorities that this machine trusts: its package source may be a mirror with one of its own.
  cp -L /etc/ssl/certs/ca-certificates.crt "$work/tree/usr/local/share/this-machine.crt"
  base "$build_base" "$work/tree" --env SSL_CERT_FILE=/usr/local/share/this-machine.crt
  DEBIAN_FRONTEND=noninteractive chroot "$work/tree" apt-get install -y -qq --no-install-recommends ca-certificates libssl3 >>"$work/debootstrap.log"
  rm -rf "$work"/tree/var/cache/apt/archives/*.deb "$work"/tree/dev/* "$work"/tree/usr/local/share/this-machine.crt
  base "$runtime_base" "$work/tree"
  rm -rf "$work/tree"
  mkdir -p "$work/tree/usr/share"
  cp -a "$(dirname "$(readlink -f "$(command -v dotnet)")")" "$work/tree/usr/share/dotnet"
  base "$sdk_base" "$work/tree"
  rm -rf "$work/tree"
fi

echo "== build"
# Packages that were restored here are not fetched again.
dotnet restore src/Collector >/dev/null
packages_dir=$(dotnet nuget locals global-packages --list | sed 's/^global-packages: //')
build() { # ARCHITECTURE IMAGE
  buildah build --isolation chroot --pull-never --layers=false --quiet --build-arg "COMMIT=$commit" --build-arg "TARGETARCH=$1" \
    --volume "${packages_dir%/}:/root/.nuget/packages:O" --tag "$2" . >"$work/build.log" 2>&1 || { cat "$work/build.log" >&2; exit 1; }
}
build arm64 "$image-arm64"
build amd64 "$image"

echo "== what is in it"
buildah inspect --type image "$image" | sed -n 's/^ *"\(org.opencontainers[^"]*\|User\|Cmd\|Entrypoint\)": *\(.*\)/\1 \2/p' | sort -u
container=$(buildah from --pull-never "$image")
containers+=("$container")
root=$(buildah mount "$container")
column -t -s $'\t' "$root/usr/share/doc/collector/licenses.tsv" 2>/dev/null || cat "$root/usr/share/doc/collector/licenses.tsv"

# A pod's log and a configuration, as the chart would mount them.
log=$work/node/log/pods/shop_cart_11111111-2222-4333-8444-555555555555/app
mkdir -p "$log" "$work/node/log/containers" "$work/node/etc"
for ((i = 0; i < 1000; i++)); do echo "2026-11-21T00:00:00.000000001Z stdout F line $i"; done >"$log/0.log"
chmod 0640 "$log/0.log" # as kubelet writes them
# The link leads where it leads on a node.
ln -s /var/log/pods/shop_cart_11111111-2222-4333-8444-555555555555/app/0.log \
  "$work/node/log/containers/cart_shop_app-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.log"
cat >"$work/node/etc/collector.yaml" <<'YAML'
node: node1
kubernetes: {enabled: false}
sources: [{type: containers}]
outputs: [{store: {type: filesystem, path: /objects}, compression: zstd}]
buffer: {minFreeDisk: 1MiB}
telemetry: {listen: "127.0.0.1:0"}
YAML

# inside USER CAPABILITIES COMMAND...: in a mount and process namespace, the root read-only, with the directories above and what
# the chart's securityContext leaves.
inside() {
  local user=$1 capabilities=$2
  shift 2
  # shellcheck disable=SC2016  # expanded inside
  unshare --mount --pid --fork bash -euc '
    root=$1 node=$2 user=$3 capabilities=$4
    shift 4
    mkdir -p "$root/objects" "$root/etc/collector"
    mount --bind "$root" "$root"
    for pair in log:/var/log data:/var/lib/collector objects:/objects etc:/etc/collector; do
      mount --bind "$node/${pair%%:*}" "$root${pair#*:}"
    done
    mount -o remount,bind,ro "$root"
    mount -o remount,bind,ro "$root/var/log"
    mount -t proc proc "$root/proc"
    exec chroot "$root" setpriv --reuid="$user" --regid=0 --clear-groups --no-new-privs \
      --bounding-set="$capabilities" --inh-caps="$capabilities" "$@"' \
    bash "$root" "$work/node" "$user" "$capabilities" "$@"
}

for who in "0 -all,+dac_read_search" "10001 -all"; do
  read -r user capabilities <<<"$who"
  echo "== run as uid $user, gid 0, capabilities $capabilities, root read-only"
  rm -rf "$work/node/data" "$work/node/objects"
  install -d -o "$user" -g 0 -m 0700 "$work/node/data" "$work/node/objects"
  inside "$user" "$capabilities" collector version
  inside "$user" "$capabilities" collector validate --config /etc/collector/collector.yaml
  inside "$user" "$capabilities" collector run --config /etc/collector/collector.yaml --once 2>"$work/run.log" ||
    { cat "$work/run.log" >&2; exit 1; }
  stored=$(find "$work/node/objects" -name '*.zst' -exec zstd -dcq {} + | wc -l)
  echo "$stored of 1000 lines stored"
  [[ $stored == 1000 ]]
done
