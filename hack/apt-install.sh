#!/usr/bin/env bash
# Installs Debian packages, as root or with sudo; waits while another holds apt's locks.
#
#   hack/apt-install.sh PACKAGE...   none: refreshes the lists alone
set -euo pipefail

as_root=()
((EUID == 0)) || as_root=(sudo)

# dpkg's lock has a time-out of its own; that of the lists has none.
for ((attempt = 1; ; attempt++)); do
  said=$("${as_root[@]}" apt-get update -qq 2>&1) && break
  if ((attempt == 60)) || ! grep -q 'Could not get lock' <<<"$said"; then
    echo "$said" >&2
    exit 1
  fi
  sleep 5
done
(($# == 0)) || DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -o DPkg::Lock::Timeout=300 -y -qq --no-install-recommends "$@" >/dev/null
