#!/usr/bin/env bash
# Prints what the released binary consists of as a CycloneDX 1.6 document in JSON, from hack/licenses.sh and the lock files. The same
# sources give the same bytes: its serial number is made of its content, and it has no time.
#
#   hack/sbom.sh [VERSION [COMMIT]]   default: the version of Directory.Build.props, the commit of the repository
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=${1:-$(sed -n 's/.*<Version>\(.*\)<\/Version>.*/\1/p' Directory.Build.props)}
commit=${2:-$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)}

# Packages' names, versions and licences have no character that JSON escapes; an address could, and is held to what an address has.
plain() { printf '%s' "${1//[^A-Za-z0-9 _.,:;\/?#@!$&()*+=%~-]/}"; }

purl() { # NAME VERSION
  case $1 in
    '.NET and ASP.NET Core runtime') echo "pkg:github/dotnet/runtime@v$2" ;;
    libzstd) echo "pkg:github/facebook/zstd@v$2" ;;
    SQLite) echo "pkg:generic/sqlite@$2" ;;
    *) echo "pkg:nuget/$1@$2" ;;
  esac
}

self=pkg:generic/collector@$version
table=$(hack/licenses.sh | tail -n +2)

components() {
  local name licence source separator=''
  while IFS=$'\t' read -r name version licence source; do
    printf '%s    {\n      "type": "library",\n      "bom-ref": "%s",\n      "name": "%s",\n      "version": "%s",\n' "$separator" "$(purl "$name" "$version")" "$(plain "$name")" "$version"
    printf '      "licenses": [{"license": {"id": "%s"}}],\n      "purl": "%s",\n' "$(plain "$licence")" "$(purl "$name" "$version")"
    printf '      "externalReferences": [{"type": "website", "url": "%s"}]\n    }' "$(plain "$source")"
    separator=$',\n'
  done <<<"$table"
  echo
}

# Lines "name version dependency" of the lock files.
needs() {
  awk -F'"' '
    /^      "/ { name = $2; version = ""; inside = 0 }
    $2 == "resolved" { version = $4 }
    $2 == "dependencies" && /^        / { inside = 1; next }
    inside && /^          "/ { if (version != "") print name, version, $2 }
    inside && /^        }/ { inside = 0 }' src/*/packages.lock.json | sort -u
}

# What is a build's tool is in no list: a dependency on it is none of the binary's.
dependencies() {
  local -A versions=() depends=()
  local name version
  while IFS=$'\t' read -r name version _; do versions[${name,,}]="$name $version"; done <<<"$table"
  local of at on
  while read -r of at on; do
    [[ ${versions[${of,,}]:-} == *" $at" && -n ${versions[${on,,}]:-} ]] || continue
    depends[${of,,}]+="${on,,} "
  done < <(needs)
  local all='' list key
  printf '    {"ref": "%s", "dependsOn": [' "$self"
  for key in $(printf '%s\n' "${!versions[@]}" | tr ' ' '\1' | LC_ALL=C sort); do
    key=${key//$'\1'/ }
    all+="${all:+, }\"$(purl "${versions[$key]% *}" "${versions[$key]##* }")\""
  done
  printf '%s]}' "$all"
  for key in $(printf '%s\n' "${!versions[@]}" | tr ' ' '\1' | LC_ALL=C sort); do
    key=${key//$'\1'/ }
    list=''
    for on in ${depends[$key]:-}; do
      list+="${list:+, }\"$(purl "${versions[$on]% *}" "${versions[$on]##* }")\""
    done
    printf ',\n    {"ref": "%s", "dependsOn": [%s]}' "$(purl "${versions[$key]% *}" "${versions[$key]##* }")" "$list"
  done
  echo
}

body=$(
  cat <<END
  "version": 1,
  "metadata": {
    "component": {
      "type": "application",
      "bom-ref": "$self",
      "name": "collector",
      "version": "$version",
      "licenses": [{"license": {"id": "Apache-2.0"}}],
      "properties": [{"name": "commit", "value": "$commit"}]
    }
  },
  "components": [
$(components)
  ],
  "dependencies": [
$(dependencies)
  ]
}
END
)
# As a UUID of version 8 (RFC 9562: of one's own making).
hash=$(sha256sum <<<"$body")
cat <<END
{
  "bomFormat": "CycloneDX",
  "specVersion": "1.6",
  "serialNumber": "urn:uuid:${hash:0:8}-${hash:8:4}-8${hash:13:3}-8${hash:17:3}-${hash:20:12}",
$body
END
