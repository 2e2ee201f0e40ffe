#!/usr/bin/env bash
# Installs what building and testing need beyond the .NET SDK, from Debian's packages. Does nothing where it is all there.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

declare -A packages=(
  [zstd]=zstd
  [shellcheck]=shellcheck
  [git]=git
  [faketime]=faketime
)

missing=()
for command in "${!packages[@]}"; do
  command -v "$command" >/dev/null || missing+=("${packages[$command]}")
done
ldconfig -p | grep 'libzstd\.so\.1' >/dev/null || missing+=(libzstd1)

if ((${#missing[@]} > 0)); then
  as_root=()
  ((EUID == 0)) || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

hack/chart-tools/install.sh
