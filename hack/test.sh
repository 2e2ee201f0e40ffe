#!/usr/bin/env bash
# Installs what the tests need, builds with warnings as errors, runs every test.
# Skipped tests are shown at the end with their reasons; those that hack/allowed-skips.txt does not name count as failed.
# Its last line is "N passed, N failed, N skipped"; exit code 1 when a test failed, did not run, or was skipped unnamed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# The first step that fails ends it, and says which that was.
doing() {
  echo "== $1"
  now=$1
}
trap '(($? == 0)) || [[ -z ${now:-} ]] || echo "hack/test.sh: failed in: $now" >&2' EXIT

doing "what building and testing need (hack/install.sh)"
hack/install.sh

logs=artifacts/test-logs
rm -rf "$logs"
mkdir -p "$logs"

doing "build, warnings are errors"
dotnet build Collector.sln --nologo --verbosity quiet
dotnet build tests/Collector.Torture --nologo --verbosity quiet --configuration Release
# Once for all tests that run the binary: they find it where it is made.
doing "the release binary of this machine (hack/build.sh)"
hack/build.sh
doing "the release binary for arm64"
RID=linux-arm64 hack/build.sh
now=

passed=0 failed=0 skipped=0 broken=0
for project in tests/Collector.*Tests tests/Collector.EndToEnd; do
  name=$(basename "$project")
  echo "== $name"
  log=$logs/$name.log
  dotnet test "$project" --no-build --nologo --logger "console;verbosity=normal" >"$log" 2>&1 || true
  # Of a passing test nobody wants to read; a failed or skipped one is shown with its reason.
  grep -vE '^ +Passed |^\s*$' "$log" || true
  count() { { grep -oE "^ +$1: +[0-9]+" "$log" || echo "0"; } | grep -oE '[0-9]+$' | tail -n 1; }
  if ! grep -qE '^Total tests: [0-9]+' "$log"; then
    echo "$name: no result; see $log" >&2
    broken=$((broken + 1))
    continue
  fi
  passed=$((passed + $(count Passed)))
  failed=$((failed + $(count Failed)))
  skipped=$((skipped + $(count Skipped)))
done

# A skipped test that nobody expects is a hole that looks like a pass.
skips() { # test, tab, reason, as the runner tells them on two lines
  awk '/^\[xUnit\.net [^]]*\] +.* \[SKIP\]$/ { sub(/^\[[^]]*\] +/, ""); sub(/ \[SKIP\]$/, ""); test = $0; next }
       test != "" { sub(/^\[[^]]*\] +/, ""); print test "\t" $0; test = "" }' "$@"
}
unnamed=0
while IFS=$'\t' read -r test reason; do
  if grep -q "^${test%%(*}"$'\t' hack/allowed-skips.txt; then
    echo "skipped: $test: $reason"
  else
    echo "skipped, and not named in hack/allowed-skips.txt: $test: $reason"
    unnamed=$((unnamed + 1))
  fi
done < <(skips "$logs"/*.log)

failed=$((failed + broken + unnamed))
# Once more, where a log that is cut at its head still shows them.
grep -HE '^ +Failed ' "$logs"/*.log | sed -E 's/^.*\/([^/]+)\.log: +/\1: /' || true
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0 && passed > 0))
