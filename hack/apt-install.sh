#!/usr/bin/env bash
# Installs Debian packages, as root or with sudo; waits while another holds the locks of apt or dpkg, and says so.
#
#   hack/apt-install.sh PACKAGE...   none: refreshes the lists alone
set -euo pipefail

echo "installing Debian packages: ${*:-(only the lists of packages)}" >&2
as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "hack/apt-install.sh: this needs root, and there is no sudo; install these as root, then try again: ${*:-(apt-get update)}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

# apt's DPkg::Lock::Timeout is for dpkg's lock, and only from apt 2.0 on; the lists' lock has no time-out at all.
retrying() { # COMMAND...
  local attempt said
  for ((attempt = 1; ; attempt++)); do
    said=$(LC_ALL=C DEBIAN_FRONTEND=noninteractive "${as_root[@]}" "$@" 2>&1) && return
    if ((attempt == 60)) || ! grep -qE 'Could not get lock|Unable to (acquire|lock)|is another process using it' <<<"$said"; then
      echo "$said" >&2
      return 1
    fi
    ((attempt > 1)) || echo "waiting for another apt or dpkg to end" >&2
    sleep 5
  done
}

retrying apt-get update -qq
(($# == 0)) || retrying apt-get install -o DPkg::Lock::Timeout=300 -y -qq --no-install-recommends "$@"
