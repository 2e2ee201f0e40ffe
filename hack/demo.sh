#!/usr/bin/env bash
# Shows the collector's main job in under a minute: a busy node, a kill -9 while logs rotate, and an account of every line.
# Exit code 0 only when nothing was lost, duplicated, damaged or out of order.
#
#   hack/demo.sh [SECONDS]       about how long, 40 by default
#   COLLECTOR=path hack/demo.sh  another binary than the one that hack/build.sh makes
#   KEEP=1 hack/demo.sh          leaves the logs and objects for you to look at
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${1:-40}
collector=${COLLECTOR:-artifacts/collector/collector}
torture=artifacts/build/bin/Collector.Torture/release/collector-torture

if [[ ! -x $collector ]]; then
  echo "== building the collector (hack/build.sh; minutes, the first time)"
  hack/build.sh
fi
echo "== building the simulated node"
dotnet build --nologo --verbosity quiet --configuration Release tests/Collector.Torture

work=$(mktemp -d "${TMPDIR:-/tmp}/collector-demo.XXXXXX")
if [[ -n ${KEEP:-} ]]; then
  echo "logs and objects stay in $work"
else
  trap 'rm -rf "$work"' EXIT
fi

echo "== a busy node, for about $seconds s"
status=0
"$torture" demo --collector "$collector" --dir "$work/run" --seconds "$seconds" || status=$?
# What is stored is there to be read when the pods are gone.
if ((status == 0)); then
  objects=$work/run/objects
  read -r namespace pod container _ < <("$collector" ls --from "$objects" | tail -n +2)
  echo
  echo "the node is gone; the last lines of $pod, read back from the objects:"
  echo "\$ collector logs $pod -n $namespace -c $container --tail 5 --timestamps --from file://$objects"
  "$collector" logs "$pod" -n "$namespace" -c "$container" --tail 5 --timestamps --from "file://$objects" | cut -c 1-160 || status=$?
  echo
  echo "and the bucket, by its own catalog:"
  echo "\$ collector verify --from file://$objects"
  "$collector" verify --from "file://$objects" || status=$?
fi
# What the collector itself said goes with the temporary directory; show its end when something is wrong.
if ((status != 0)); then
  tail -n 20 "$work/run/collector.err" "$work/run/collector.out" >&2 || true
fi
exit "$status"
