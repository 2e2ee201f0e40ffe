#!/usr/bin/env bash
# Runs the whole agent in virtual time on simulated nodes: one seed is one node with its writers, rotators, pods, faults and
# deaths. All zeros in the table, or exit code 1 with the seeds and, with --shrink, the shortest traces.
#
#   hack/simulate.sh [SEEDS] [--first N] [--kind KIND] [--shrink] [--keep DIR] [--without VERB …] [--list] [--no-birth-times] [--catalog] [--amid] [--replay FILE [--verbose]]     2,000 seeds by default
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

dotnet build tests/Collector.Simulation --nologo --verbosity quiet --configuration Release >/dev/null

# Few collections of much: every seed leaves some MiB behind. Hexadecimal, 128 MiB; only the environment can say it.
export DOTNET_GCgen0size=0x8000000
exec artifacts/build/bin/Collector.Simulation/release/Collector.Simulation "$@"
