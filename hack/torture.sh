#!/usr/bin/env bash
# Tries the published collector on a busy node: kills, stops and starts it at random moments while logs rotate in every way,
# pods are excluded, taken back and relabelled, stores and the API fail, the disk fills up and the clock steps; then checks
# every line in all stores. All zeros, or exit code 1.
#
#   hack/torture.sh [KILLS] [BYTES] [SEED]   20 kills, 10 MB of logs a kill and seed 1 by default
#
# Filling a disk needs root (a tmpfs is mounted); without, the summary says that it was not tried.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

kills=${1:-20}
hack/install.sh
hack/build.sh
dotnet build tests/Collector.Torture --nologo --verbosity quiet --configuration Release >/dev/null

work=$(mktemp -d "${TMPDIR:-/tmp}/collector-torture.XXXXXX")
artifacts/build/bin/Collector.Torture/release/collector-torture torture --collector artifacts/collector/collector \
  --dir "$work/run" --kills "$kills" --bytes "${2:-$((kills * 10000000))}" --seed "${3:-1}" || {
  echo "what is left of the run: $work" >&2
  exit 1
}
rm -rf "$work"
