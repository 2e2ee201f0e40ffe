#!/usr/bin/env bash
# Makes what a release consists of, in a directory of its own:
#
#   collector-VERSION-linux-amd64, collector-VERSION-linux-arm64   the binaries
#   collector-VERSION.tgz                    the chart
#   collector-VERSION-image-amd64.tar, …     images as OCI archives, where buildah works
#   collector-VERSION.cdx.json               the bill of materials (CycloneDX), also in the images
#   LICENSE NOTICE CHANGELOG.md
#   SHA256SUMS, and SHA256SUMS.asc or .sig   of all of it; the signature where a key is given
#
#   hack/release.sh [DIR]         default: artifacts/release
#   SIGN_KEY=ID                   signs SHA256SUMS with gpg, and the chart (Helm's provenance, .prov) with the same key where gpg has it
#   COSIGN_KEY=FILE               signs SHA256SUMS with cosign's key
#   PROJECT_URL=https://…         the project's home, for the chart: the tree has a placeholder
#   SKIP_IMAGE=1                  no image
#   REHEARSAL=1                   also where .github/SECURITY.md has no address yet: not to be published
#
# Nothing is published. To do that: push the images (buildah push, docker load), the chart (helm push, or an index), sign the images
# in their registry (cosign signs a digest there), and tag the commit.
# Not tried where this was written, because there is no registry and no cosign: COSIGN_KEY, and the real base images (hack/image.sh tries
# the Dockerfile on bases that it makes).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

field() { sed -n "s/^$1: *//p" charts/collector/Chart.yaml; }
version=$(sed -n 's/.*<Version>\(.*\)<\/Version>.*/\1/p' Directory.Build.props)
commit=${COMMIT:-$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)}

# One release has one version: the binary's, the chart's, and the changelog's.
for said in "$(field version)" "$(field appVersion)"; do
  [[ $said == "$version" ]] || { echo "hack/release.sh: Directory.Build.props says $version, charts/collector/Chart.yaml says $said" >&2; exit 1; }
done
hack/licenses.sh --check >/dev/null || { echo "hack/release.sh: NOTICE is stale: run hack/licenses.sh --notice" >&2; exit 1; }
contact=$(sed -n 's/^Contact: *//p' .github/SECURITY.md)
if [[ -z $contact || $contact == *.example ]] && [[ -z ${REHEARSAL:-} ]]; then
  echo "hack/release.sh: nobody could report a vulnerability: .github/SECURITY.md has no address of yours in the line 'Contact:'. Write one there, or set REHEARSAL=1 for files that are not published" >&2
  exit 1
fi
# Until its release a version's changes are those of [Unreleased].
if ! grep -q "^## \[$version\]" CHANGELOG.md && [[ -z ${REHEARSAL:-} ]]; then
  echo "hack/release.sh: CHANGELOG.md has no section [$version]. Give [Unreleased] this name and a date, or set REHEARSAL=1 for files that are not published" >&2
  exit 1
fi
if [[ -n $(git status --porcelain 2>/dev/null) ]]; then
  echo "hack/release.sh: the working tree has changes that no commit has; this is no release, but a rehearsal" >&2
  commit+=-changed
fi

directory=${1:-artifacts/release}
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
if [[ -n $(ls -A "$directory") ]]; then
  echo "hack/release.sh: $directory is not empty; give an empty directory, so that nothing of another release gets in" >&2
  exit 1
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/collector-release.XXXXXX")
trap 'rm -rf "$work"' EXIT
missing=()

echo "== binaries"
for rid in linux-x64 linux-arm64; do
  case $rid in linux-x64) name=amd64 ;; linux-arm64) name=arm64 ;; esac
  COMMIT=$commit RID=$rid hack/build.sh "$work/$rid"
  install -m 0755 "$work/$rid/collector" "$directory/collector-$version-linux-$name"
done

echo "== bill of materials, licences"
hack/sbom.sh "$version" "$commit" >"$directory/collector-$version.cdx.json"
cp LICENSE NOTICE CHANGELOG.md "$directory/"

echo "== chart"
hack/chart-tools/install.sh
cp -r charts/collector "$work/collector"
cp LICENSE "$work/collector/"
if [[ -n ${PROJECT_URL:-} ]]; then
  sed -i "s|https://collector\.example|${PROJECT_URL%/}|g" "$work/collector/Chart.yaml"
else
  missing+=("the chart's home: PROJECT_URL is not given, so Chart.yaml keeps the placeholder https://collector.example")
fi
artifacts/tools/helm4 package "$work/collector" --destination "$directory" >/dev/null
if [[ -n ${SIGN_KEY:-} ]]; then
  # Helm reads the old form of a keyring alone; without a terminal gpg must not ask.
  gpg --batch --export-secret-keys "$SIGN_KEY" >"$work/secret.gpg"
  uid=$(gpg --batch --with-colons --list-keys "$SIGN_KEY" | awk -F: '$1 == "uid" { print $10; exit }')
  if ! artifacts/tools/helm4 package "$work/collector" --destination "$directory" --sign --key "$uid" --keyring "$work/secret.gpg" >/dev/null 2>"$work/helm.log"; then
    missing+=("the chart's provenance: helm says $(tail -n 1 "$work/helm.log")")
  fi
  rm -f "$work/secret.gpg"
fi

echo "== images"
if [[ -n ${SKIP_IMAGE:-} ]]; then
  missing+=("images: SKIP_IMAGE is given")
elif ! command -v buildah >/dev/null; then
  missing+=("images: there is no buildah")
else
  for name in amd64 arm64; do
    if buildah build --arch "$name" --build-arg "COMMIT=$commit" --build-arg "VERSION=$version" --build-arg "TARGETARCH=$name" \
      --tag "collector:$version-$name" . >"$work/image-$name.log" 2>&1 &&
      buildah push --quiet "collector:$version-$name" "oci-archive:$directory/collector-$version-image-$name.tar:collector:$version" >>"$work/image-$name.log" 2>&1; then
      continue
    fi
    missing+=("the image for $name: buildah says $(grep -v '^$' "$work/image-$name.log" | tail -n 1)")
    rm -f "$directory/collector-$version-image-$name.tar"
  done
fi

echo "== checksums"
(cd "$directory" && find . -maxdepth 1 -type f ! -name 'SHA256SUMS*' -printf '%f\n' | LC_ALL=C sort | xargs -d '\n' sha256sum >SHA256SUMS)
if [[ -n ${SIGN_KEY:-} ]]; then
  gpg --batch --yes --local-user "$SIGN_KEY" --armor --detach-sign --output "$directory/SHA256SUMS.asc" "$directory/SHA256SUMS"
fi
if [[ -n ${COSIGN_KEY:-} ]]; then
  if command -v cosign >/dev/null; then
    cosign sign-blob --yes --key "$COSIGN_KEY" --output-signature "$directory/SHA256SUMS.sig" "$directory/SHA256SUMS"
  else
    missing+=("cosign's signature: there is no cosign")
  fi
fi
[[ -n ${SIGN_KEY:-}${COSIGN_KEY:-} ]] || missing+=("signatures: neither SIGN_KEY nor COSIGN_KEY is given")

ls -l "$directory"
if ((${#missing[@]} > 0)); then
  echo "This release lacks:"
  printf '  %s\n' "${missing[@]}"
fi
