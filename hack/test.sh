#!/usr/bin/env bash
# Installs what the tests need, builds with warnings as errors, runs every test.
# Its last line is "N passed, N failed, N skipped"; exit code 1 when a test failed or did not run.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
hack/install.sh

logs=artifacts/test-logs
rm -rf "$logs"
mkdir -p "$logs"

dotnet build Collector.sln --nologo --verbosity quiet
dotnet build tests/Collector.Torture --nologo --verbosity quiet --configuration Release
hack/build.sh

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

failed=$((failed + broken))
# Once more, where a log that is cut at its head still shows them.
grep -HE '^ +Failed ' "$logs"/*.log | sed -E 's/^.*\/([^/]+)\.log: +/\1: /' || true
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0 && passed > 0))
