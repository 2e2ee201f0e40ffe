#!/usr/bin/env bash
# Tells what the released binary consists of: package, version, licence, where it comes from. From the lock files and the packages
# themselves, so it runs after a restore.
#
#   hack/licenses.sh            prints it as a table, columns apart by tabs
#   hack/licenses.sh --notice   writes NOTICE
#   hack/licenses.sh --check    exits 1 when NOTICE is stale, and shows how
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

cache=${NUGET_PACKAGES:-$HOME/.nuget/packages}
[[ -d $cache ]] || cache=$(dotnet nuget locals global-packages --list | sed 's/^global-packages: //')

# Analyzers, generators, the trimmer and the compiler work at build time and are not in the binary.
build_only=$(sed -n 's/.*PackageReference Include="\([^"]*\)".*/\1/p' Directory.Build.props)$'\nMicrosoft.NET.ILLink.Tasks\n(runtime\..*\.)?Microsoft.DotNet.ILCompiler'

# Lines "name version" of all lock files. Projects have no resolved version.
locked() {
  awk -F'"' '
    /^      "/ { name = $2 }
    $2 == "resolved" { print name, $4 }' src/*/packages.lock.json | LC_ALL=C sort -u -f
}

# field NAME XML: in the shell itself, because it is asked a hundred times.
field() {
  local pattern="<$1[^>]*>([^<]*)</$1>"
  found=''
  [[ $2 =~ $pattern ]] && found=${BASH_REMATCH[1]}
  return 0
}

# licence DIRECTORY XML: the SPDX identifier, as $found; of a package that has its licence as a text, by the text.
licence() {
  field license "$2"
  [[ -n $found ]] || field licenseUrl "$2"
  case $found in
    *.txt | *.md)
      local text
      text=$(<"$1/$found")
      if [[ $text == *'Apache License'* ]]; then
        found=Apache-2.0
      elif [[ $text == *'Permission is hereby granted, free of charge'* ]]; then
        found=MIT
      else
        echo "hack/licenses.sh: $1/$found is a licence that this script does not know; teach it" >&2
        return 1
      fi
      ;;
    # Of before packages could name a licence.
    https://github.com/dotnet/corefx/blob/master/LICENSE.TXT) found=MIT ;;
    https://github.com/MiloszKrajewski/K4os.Compression.LZ4/blob/master/LICENSE*) found=MIT ;;
    '' | http*)
      echo "hack/licenses.sh: $1 names no licence but '$found'; teach it" >&2
      return 1
      ;;
  esac
}

# Lines of package, version, licence, source. What is linked on this machine comes in by its own version: Debian's libzstd.a, which is
# of the same source as its libzstd1, and its libsqlite3.a.
table() {
  local lines name version spec xml found licence runtime=''
  lines=$(locked)
  while read -r name version; do
    [[ $name != Microsoft.DotNet.ILCompiler ]] || runtime=$version
    [[ ! $name =~ ^(${build_only//$'\n'/|})$ ]] || continue
    spec=$cache/${name,,}/$version
    if [[ ! -f $spec/${name,,}.nuspec ]]; then
      echo "hack/licenses.sh: $spec is not there; restore first" >&2
      return 1
    fi
    xml=$(<"$spec/${name,,}.nuspec")
    licence "$spec" "$xml" || return 1
    licence=$found
    field projectUrl "$xml"
    local repository='<repository[^>]*url="([^"]*)"'
    [[ -n $found || ! $xml =~ $repository ]] || found=${BASH_REMATCH[1]}
    printf '%s\t%s\t%s\t%s\n' "$name" "$version" "$licence" "$found"
  done <<<"$lines"
  # The runtime that is compiled in comes with the compiler, and is no package of its own.
  printf '%s\t%s\t%s\t%s\n' '.NET and ASP.NET Core runtime' "$runtime" MIT https://github.com/dotnet/runtime
  printf '%s\t%s\t%s\t%s\n' libzstd "$1" BSD-3-Clause https://github.com/facebook/zstd
  printf '%s\t%s\t%s\t%s\n' SQLite "$2" blessing https://www.sqlite.org
}

notice() {
  cat <<'END'
Collector
Copyright 2026 The Collector Authors

Licensed under the Apache License, Version 2.0: LICENSE.

The released binary is linked with the following, each under its own licence. The versions are those of the lock files; libzstd and
SQLite are those of the Debian release on which it was built. hack/licenses.sh --notice writes this file.

END
  table '-' '-' | LC_ALL=C sort -f | while IFS=$'\t' read -r name version licence source; do
    printf '%s (%s)\n    %s\n' "$name${version:+ $version}" "$licence" "$source"
  done | sed -E 's/^(libzstd|SQLite) - /\1 /'
}

case ${1:-} in
  '')
    printf '%s\t%s\t%s\t%s\n' package version licence source
    zstd=$(dpkg-query --show --showformat '${Version}' libzstd1)
    # Of the archive that is linked: of another architecture's there is no package here.
    sqlite=$({ cat /usr/include/sqlite3.h artifacts/tools/*/usr/include/sqlite3.h 2>/dev/null || true; } | sed -n 's/^#define SQLITE_VERSION  *"\(.*\)"/\1/p' | sort -u)
    table "${zstd%%[-+]*}" "$sqlite"
    ;;
  --notice)
    text=$(notice)
    printf '%s\n' "$text" >NOTICE
    ;;
  --check)
    text=$(notice)
    if ! diff -u NOTICE - <<<"$text"; then
      echo "NOTICE is stale: run hack/licenses.sh --notice" >&2
      exit 1
    fi
    ;;
  *)
    echo "hack/licenses.sh: $1: there is --notice and --check" >&2
    exit 2
    ;;
esac
