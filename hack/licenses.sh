#!/usr/bin/env bash
# Prints what the released binary consists of: package, version, licence, where it comes from. From the lock files and the
# packages themselves, so it runs after a restore.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

cache=${NUGET_PACKAGES:-$(dotnet nuget locals global-packages --list | sed 's/^global-packages: //')}

# Analyzers, the trimmer and the compiler work at build time and are not in the binary.
build_only=$(sed -n 's/.*PackageReference Include="\([^"]*\)".*/\1/p' Directory.Build.props)$'\nMicrosoft.NET.ILLink.Tasks\n(runtime\..*\.)?Microsoft.DotNet.ILCompiler'

# Lines "name version" of a lock file. Projects have no resolved version.
locked() {
  awk -F'"' '
    /^      "/ { name = $2 }
    $2 == "resolved" { print name, $4 }' "$1"
}

field() {
  tr -d '\r\n' <"$2" | sed -n "s/.*<$1[^>]*>\([^<]*\)<\/$1>.*/\1/p"
}

printf '%s\t%s\t%s\t%s\n' package version licence source
for lock in src/*/packages.lock.json; do locked "$lock"; done | sort -u -f | while read -r name version; do
  if grep -qxE "$build_only" <<<"$name"; then continue; fi
  spec=$cache/${name,,}/$version/${name,,}.nuspec
  if [[ ! -f $spec ]]; then
    echo "hack/licenses.sh: $spec is not there; restore first" >&2
    exit 1
  fi
  licence=$(field license "$spec")
  printf '%s\t%s\t%s\t%s\n' "$name" "$version" "${licence:-$(field licenseUrl "$spec")}" "$(field projectUrl "$spec")"
done

# What is not a package of its own: the runtime that is compiled in comes with the compiler; Debian's libzstd.a, which is
# of the same source as its libzstd1, is linked in.
runtime=$(for lock in src/*/packages.lock.json; do locked "$lock"; done | sed -n 's/^Microsoft.DotNet.ILCompiler //p' | sort -u)
printf '%s\t%s\t%s\t%s\n' '.NET and ASP.NET Core runtime' "$runtime" MIT https://github.com/dotnet/runtime
zstd=$(dpkg-query --show --showformat '${Version}' libzstd1)
printf '%s\t%s\t%s\t%s\n' libzstd "${zstd%%[-+]*}" 'BSD-3-Clause' https://github.com/facebook/zstd
