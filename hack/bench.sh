#!/usr/bin/env bash
# Measures the agent on the mix of the contract and prints one table. Its figures depend on the machine; ratios in one run count.
#
#   hack/bench.sh [BYTES]   bytes of logs, 1000000000 by default
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

hack/build.sh
dotnet build tests/Collector.Torture --nologo --verbosity quiet --configuration Release >/dev/null
dotnet build tests/Collector.Benchmarks --nologo --verbosity quiet --configuration Release >/dev/null

work=$(mktemp -d "${TMPDIR:-/tmp}/collector-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

bin=artifacts/build/bin
"$bin/Collector.Benchmarks/release/collector-benchmarks" --collector artifacts/collector/collector \
  --torture "$bin/Collector.Torture/release/collector-torture" --dir "$work" --bytes "${1:-1000000000}"
