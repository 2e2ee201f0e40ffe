#!/usr/bin/env bash
# Makes the screenshots of collector ui: a bucket that the agent fills from a small shop's logs, and Debian's Chromium.
#
#   hack/screenshots.sh            writes deploy/docs/ui-light.png and ui-dark.png
#   COLLECTOR=path hack/screenshots.sh   another binary than the one that hack/build.sh makes
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
collector=${COLLECTOR:-artifacts/collector/collector}
[[ -x $collector ]] || hack/build.sh

work=$(mktemp -d "${TMPDIR:-/tmp}/collector-screenshots.XXXXXX")
viewer=
# shellcheck disable=SC2317,SC2329 # called by the trap
end() {
  [[ -z $viewer ]] || kill "$viewer"
  rm -rf "$work"
}
trap end EXIT

node tests/browser/demo-logs.mjs "$work/node"
mkdir "$work/objects"
store() { # PODS: stores their logs now
  cat >"$work/collector.yaml" <<YAML
node: node-1
dataDir: $work/data
kubernetes: {enabled: false}
sources: [{type: containers, path: '$work/node/containers/$1*.log', podLogs: '$work/node/pods'}]
outputs: [{store: {type: filesystem, path: '$work/objects'}}]
buffer: {minFreeDisk: 1MiB}
telemetry: {listen: "127.0.0.1:0"}
YAML
  "${@:2}" "$collector" run --once --config "$work/collector.yaml" >"$work/run.out" 2>&1 || { cat "$work/run.out" >&2; exit 1; }
}
# All but the front door have not stored anything for two days.
store '{cart,payment,postgres,import,prometheus}' faketime -f -2d
find "$work/objects" -type f -exec touch --date '2 days ago' {} +
store front

"$collector" ui --listen 127.0.0.1:0 --from "$work/objects" >"$work/ui.out" &
viewer=$!
until grep -q ' shows ' "$work/ui.out"; do
  kill -0 "$viewer"
  sleep 0.1
done
mkdir -p deploy/docs
node tests/browser/screenshots.mjs "$(cut -d ' ' -f 1 "$work/ui.out")" deploy/docs
ls -l deploy/docs/ui-*.png
