#!/usr/bin/env bash
# Publishes the release binary: Native AOT, with libzstd and SQLite linked in, so that it needs libc, OpenSSL and CA certificates alone.
#
#   hack/build.sh [DIR]                   default: artifacts/collector; the binary is DIR/collector
#   RID=linux-arm64 hack/build.sh [DIR]   for the other architecture; default: artifacts/collector-linux-arm64
#   COMMIT=… hack/build.sh                where there is no repository that tells it
#   RESTORED=1 hack/build.sh              the packages are there, as after dotnet restore src/Collector: none are looked for
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

host=$(hack/toolchain.sh host)
rid=${RID:-$host}
hack/toolchain.sh "$rid"

echo "building the collector for $rid" >&2
properties=()
output=artifacts/collector
if [[ $rid != "$host" ]]; then
  output+=-$rid
  case $rid in linux-x64) triple=x86_64-linux-gnu ;; linux-arm64) triple=aarch64-linux-gnu ;; esac
  properties=(-p:CppCompilerAndLinker="$triple-gcc" -p:ObjCopyName="$triple-objcopy" -p:LibraryDirectory="$PWD/artifacts/tools/$rid/usr/lib/$triple")
fi
output=${1:-$output}

# COMMIT: where there is no repository, as in the image's build.
commit=${COMMIT:-$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)}
# The analyzers are the solution's build's.
[[ -z ${RESTORED:-} ]] || properties+=(--no-restore)
dotnet publish src/Collector --nologo --verbosity quiet --configuration Release --runtime "$rid" "${properties[@]}" \
  -p:RunAnalyzers=false -p:SourceRevisionId="$commit" --output "$output"

# OpenSSL is loaded when it is first used, whichever version there is; anything else that is not libc would be missing in an image.
others=$(LC_ALL=C readelf --dynamic "$output/collector" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^(libc|libm|ld-linux[-_a-z0-9]*)\.so\.[0-9]+$' || true)
if [[ -n $others ]]; then
  echo "hack/build.sh: $output/collector needs other libraries than libc:" >&2
  echo "$others" >&2
  exit 1
fi
