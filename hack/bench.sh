#!/usr/bin/env bash
# Measures the agent on the mix of the contract and prints every figure of contract §6 with its limit beside it. The figures
# depend on the machine; ratios within one run count.
#
#   hack/bench.sh [OPTION...]   --quick: the same rows in little time, too small for the limits to mean much
#                               --only GROUP,…: throughput, backlog, catalog, idle, partitions, burst, fairness
#                               --bytes N (logs of a run), --backlog N (bytes), --idle SECONDS, --rounds N,
#                               --many-files N (of the row with many)
#   hack/bench.sh micro [...]   the steps alone: parse, join, encode, append, seal; BenchmarkDotNet's options
#   hack/bench.sh reading       what answers of collector logs cost among a million objects, and grep
#   hack/bench.sh members       what members cost: size and time of bodies with them and in one stream
#
# It needs some 30 GB of disk under TMPDIR for the backlog of 10 GiB.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

dotnet build tests/Collector.Benchmarks --nologo --verbosity quiet --configuration Release >/dev/null
bench=artifacts/build/bin/Collector.Benchmarks/release/Collector.Benchmarks
work=$(mktemp -d "${TMPDIR:-/tmp}/collector-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

if [ "${1:-}" = micro ]; then
  shift
  "$bench" micro --artifacts "$work" --filter '*' "$@"
elif [ "${1:-}" = members ]; then
  "$bench" members tests/Collector.EndToEnd/Data/node-logs.tar.gz "$work"
elif [ "${1:-}" = reading ]; then
  hack/build.sh
  "$bench" reading artifacts/collector/collector "$work"
else
  hack/build.sh
  "$bench" --collector artifacts/collector/collector --dir "$work/run" "$@"
fi
