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

# What the catalogs say of the buckets, by the collector and by a checker that has none of its code: the same, and no hole.
verify() {
  echo "== $1, verified by both checkers"
  artifacts/collector/collector verify --from "file://$1" --key-prefix "$3" || status=1
  artifacts/collector/collector verify --json --from "file://$1" --key-prefix "$3" >"$work/ours.json" || status=1
  hack/verify.py "$1" --root "$2" --catalog "$2_catalog/" >"$work/theirs.json" || status=1
  python3 - "$work/ours.json" "$work/theirs.json" <<'END' || status=1
import json, sys
ours, theirs = (sorted((hole["kind"], hole["key"]) for hole in json.load(open(name))["holes"]) for name in sys.argv[1:])
if ours != theirs:
    sys.exit(f"the checkers differ: ours {ours[:3]}, theirs {theirs[:3]}")
END
}
status=0
verify "$work/run/objects" persisted-logs/ 'persisted-logs/namespace-{.kubernetes.namespace_name||"none"}.pod-{.kubernetes.pod_name||.hostname||"none"}.cont-{.kubernetes.container_name||.log_source||"none"}/'
verify "$work/run/chosen" chosen/ 'chosen/{.kubernetes.pod_name||"none"}/{"%Y/%m/%d/%H"}/'
verify "$work/run/dated" dated/ 'dated/{"%Y/%m/%d/%H"}/'
if ((status != 0)); then
  echo "what is left of the run: $work" >&2
  exit 1
fi
rm -rf "$work"
