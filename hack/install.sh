#!/usr/bin/env bash
# Installs what building and testing need beyond the .NET SDK, from Debian's packages, and the object
# stores that the tests talk to, from npm (hack/emulators) and from Debian (hack/radosgw.sh), and what drives the browser
# (tests/browser). Does nothing, and needs no root, where it is all there. Chromium takes half a minute, and 300 MB.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# ldconfig and nginx are there, and a user's PATH need not have them.
PATH=$PATH:/usr/sbin:/sbin

declare -A packages=(
  [zstd]=zstd
  [shellcheck]=shellcheck
  [git]=git
  [faketime]=faketime
  [node]=nodejs
  [npm]=npm
  [nginx]=nginx-light
  [chromium]=chromium
)

missing=()
for command in "${!packages[@]}"; do
  command -v "$command" >/dev/null || missing+=("${packages[$command]}")
done
# The unit tests run on the shared library; in the binary it is linked in.
ldconfig -p | grep 'libzstd\.so\.1' >/dev/null || missing+=(libzstd1)

((${#missing[@]} == 0)) || hack/apt-install.sh "${missing[@]}"
hack/toolchain.sh linux-x64 run
hack/toolchain.sh linux-arm64 run

# npm ci deletes what is there first, so it is left alone while it is what the lock file says.
from_npm() { # WHAT DIR
  local stamp=$2/node_modules/.installed-from
  if ! cmp -s "$2/package-lock.json" "$stamp"; then
    echo "getting $1 from npm" >&2
    npm ci --prefix "$2" --ignore-scripts --no-audit --no-fund --loglevel=error
    cp "$2/package-lock.json" "$stamp"
  fi
}
from_npm "the emulators of object stores" hack/emulators
from_npm "what drives the browser" tests/browser
hack/radosgw.sh unpack
hack/chart-tools/install.sh
