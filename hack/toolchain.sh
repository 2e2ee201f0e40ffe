#!/usr/bin/env bash
# Installs what hack/build.sh links with, from Debian's packages: a C compiler, libzstd.a and libsqlite3.a. For an architecture that
# is not this machine's a cross compiler, and its two libraries in artifacts/tools/RID. Does nothing where it is all there.
#
#   hack/toolchain.sh [RID]   linux-x64 | linux-arm64; default: this machine's
#   hack/toolchain.sh host    only prints which is this machine's
#   hack/toolchain.sh RID run   also what runs the other architecture's binary here: qemu, and its libraries in artifacts/tools/RID
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "$(uname -m)" in
  x86_64) host=linux-x64 ;;
  aarch64) host=linux-arm64 ;;
  *) echo "hack/toolchain.sh: no build on $(uname -m)" >&2; exit 1 ;;
esac
rid=${1:-$host}
if [[ $rid == host ]]; then
  echo "$host"
  exit
fi

missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); } # COMMAND PACKAGE
libraries=()

if [[ $rid == "$host" ]]; then
  need gcc gcc
  # Without a compiler the package is missing as well; readelf comes with the compiler.
  [[ -e /usr/include/zstd.h ]] || missing+=(libc6-dev libzstd-dev)
  [[ -e /usr/include/sqlite3.h ]] || missing+=(libsqlite3-dev)
else
  case $rid in
    linux-x64) debian=amd64 triple=x86-64-linux-gnu compiler=x86_64-linux-gnu-gcc qemu=qemu-x86_64-static ;;
    linux-arm64) debian=arm64 triple=aarch64-linux-gnu compiler=aarch64-linux-gnu-gcc qemu=qemu-aarch64-static ;;
    *) echo "hack/toolchain.sh: no build for $rid" >&2; exit 1 ;;
  esac
  need "$compiler" "gcc-$triple"
  [[ -e /usr/${triple/x86-64/x86_64}/lib/crti.o ]] || missing+=("libc6-dev-$debian-cross")
  libraries=(libzstd-dev libsqlite3-dev)
  if [[ ${2:-} == run ]]; then
    need "$qemu" qemu-user-static
    libraries+=(libc6 libssl3)
  fi
fi

((${#missing[@]} == 0)) || hack/apt-install.sh "${missing[@]}"

prefix=artifacts/tools/$rid
unpack=()
for library in "${libraries[@]}"; do
  [[ -e $prefix/usr/share/doc/$library ]] || unpack+=("$library")
done
if ((${#unpack[@]} > 0)); then
  echo "getting the libraries of $rid: ${unpack[*]}" >&2
  # Debian's archive has every architecture; the lists of this one's packages are left alone.
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$prefix" "$work/lists/partial"
  options=(-o "APT::Architecture=$debian" -o "APT::Architectures=$debian" -o APT::Sandbox::User=root -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache"
    -o Debug::NoLocking=true)
  apt-get "${options[@]}" update -qq
  (cd "$work" && apt-get "${options[@]}" download -qq "${unpack[@]}")
  for package in "$work"/*.deb; do dpkg -x "$package" "$prefix"; done
fi
