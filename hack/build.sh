#!/usr/bin/env bash
# Publishes the release binary: self-contained, trimmed, ReadyToRun.
#
#   hack/build.sh [DIR]   default: artifacts/collector; the binary is DIR/collector
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "$(uname -m)" in
  x86_64) rid=linux-x64 ;;
  aarch64 | arm64) rid=linux-arm64 ;;
  *) echo "hack/build.sh: no build for $(uname -m)" >&2; exit 1 ;;
esac

# COMMIT: where there is no repository, as in the image's build.
commit=${COMMIT:-$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)}
dotnet publish src/Collector --nologo --verbosity quiet --configuration Release --runtime "${RID:-$rid}" --self-contained \
  -p:SourceRevisionId="$commit" --output "${1:-artifacts/collector}"
