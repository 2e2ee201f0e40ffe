#!/usr/bin/env bash
# Makes what is made from the chart and the agent's schema: values.schema.json,
# VALUES.md, the dashboard, deploy/manifests, deploy/alerts.yaml,
# deploy/docs/configuration-keys.md, deploy/docs/pipeline.svg.
#
#   hack/render.sh           writes them
#   hack/render.sh --check   writes nothing; shows what is stale and exits 1
#   HELM=path                another Helm than artifacts/tools/helm4
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
hack/chart-tools/install.sh

helm=${HELM:-artifacts/tools/helm4}
work=$(mktemp -d "${TMPDIR:-/tmp}/collector-render.XXXXXX")
trap 'rm -rf "$work"' EXIT

# A copy of the chart is rendered, so that a check changes nothing and sees the schema and the dashboard of now.
mkdir -p "$work/charts" "$work/deploy/manifests" "$work/deploy/docs"
cp -r charts/collector "$work/charts/"
chart=$work/charts/collector
node hack/chart-tools/values-schema.mjs >"$chart/values.schema.json"
node hack/chart-tools/dashboard.mjs >"$chart/files/dashboard.json"
node hack/chart-tools/values-table.mjs >"$chart/VALUES.md"
node hack/chart-tools/configuration-keys.mjs >"$work/deploy/docs/configuration-keys.md"
node hack/chart-tools/pipeline-picture.mjs >"$work/deploy/docs/pipeline.svg"

# The tests of the chart are of no use without Helm.
for values in charts/collector/ci/*-values.yaml; do
  name=$(basename "$values" -values.yaml)
  {
    echo "# Made by hack/render.sh from charts/collector/ci/$name-values.yaml."
    echo "# Apply namespace.yaml first. Names are examples: replace the image's registry (registry.example.com), the bucket, and the role or account."
    "$helm" template collector "$chart" --namespace logging --values "$values" --skip-tests
  } >"$work/deploy/manifests/$name.yaml"
done
{
  echo "# Made by hack/render.sh from charts/collector/files/alerts.yaml, for the release collector in the namespace logging."
  "$helm" template collector "$chart" --namespace logging --values charts/collector/ci/minimal-values.yaml \
    --set prometheusRule.create=true --show-only templates/prometheusrule.yaml | sed '1,/^spec:/d; s/^  //'
} >"$work/deploy/alerts.yaml"

made=(charts/collector/VALUES.md charts/collector/values.schema.json charts/collector/files/dashboard.json deploy/alerts.yaml deploy/docs/configuration-keys.md deploy/docs/pipeline.svg)
for manifest in "$work"/deploy/manifests/*; do
  made+=("deploy/manifests/$(basename "$manifest")")
done

stale=0
for file in "${made[@]}"; do
  if [[ ${1:-} == --check ]]; then
    diff -u "$file" "$work/$file" || stale=1
  elif ! cmp -s "$file" "$work/$file"; then
    mkdir -p "$(dirname "$file")"
    cp "$work/$file" "$file"
    echo "$file"
  fi
done
if ((stale)); then
  echo "Stale: run hack/render.sh" >&2
  exit 1
fi
