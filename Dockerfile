# The collector on Ubuntu's runtime dependencies of .NET: a Native AOT binary that needs libc, and OpenSSL and CA certificates for
# TLS; bash and awk for `helm test`. All are in the base, so nothing is installed and nothing runs in it for the other architecture.
#
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg COMMIT=$(git rev-parse --short=12 HEAD) .
#
# The bases are pinned by tag; a release pins them by digest as well: --build-arg SDK_DIGEST=@sha256:… They are empty here because
# no registry could be reached where this was written.
ARG SDK_TAG=10.0.401-noble
ARG SDK_DIGEST=
ARG BUILD_TAG=bookworm-slim
ARG BUILD_DIGEST=
ARG RUNTIME_TAG=10.0.12-noble
ARG RUNTIME_DIGEST=

FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:${SDK_TAG}${SDK_DIGEST} AS sdk

# The build runs on the builder's own architecture and compiles for the other one. On Debian, as all that is tested: its archive has
# every architecture's libraries (Ubuntu's has not), and what is linked with its older libc runs with the base's.
FROM --platform=$BUILDPLATFORM debian:${BUILD_TAG}${BUILD_DIGEST} AS build
ARG TARGETARCH
ARG COMMIT=unknown
ARG VERSION=0.2.0
ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 PATH=/usr/share/dotnet:$PATH
WORKDIR /source
# In a layer before the sources, which change more often. Without TARGETARCH (an old builder) it is the builder's own.
COPY hack/apt-install.sh hack/toolchain.sh hack/
RUN hack/apt-install.sh ca-certificates libssl3 libstdc++6 \
    && case "$TARGETARCH" in \
      amd64) echo linux-x64 ;; \
      arm64) echo linux-arm64 ;; \
      "") ;; \
      *) echo "no build for $TARGETARCH" >&2; exit 1 ;; \
    esac > /rid \
    && hack/toolchain.sh $(cat /rid)
COPY --from=sdk /usr/share/dotnet /usr/share/dotnet
# So are the packages: what the lock files say, with their hashes, and nothing else. Only a change of a project or a lock file fetches
# them again; the build after it fetches nothing.
COPY global.json nuget.config Directory.Build.props Directory.Packages.props ./
COPY src/Collector/Collector.csproj src/Collector/packages.lock.json src/Collector/
COPY src/Collector.ObjectStores/Collector.ObjectStores.csproj src/Collector.ObjectStores/packages.lock.json src/Collector.ObjectStores/
COPY src/Collector.Pipeline/Collector.Pipeline.csproj src/Collector.Pipeline/packages.lock.json src/Collector.Pipeline/
COPY src/Collector.Reading/Collector.Reading.csproj src/Collector.Reading/packages.lock.json src/Collector.Reading/
RUN dotnet restore src/Collector --locked-mode
COPY . .
RUN RESTORED=1 RID=$(cat /rid) hack/build.sh /out \
    && hack/licenses.sh > /out/licenses.tsv \
    && hack/sbom.sh "$VERSION" "$COMMIT" > /out/sbom.cdx.json \
    && mkdir /out/data

FROM mcr.microsoft.com/dotnet/runtime-deps:${RUNTIME_TAG}${RUNTIME_DIGEST}
ARG RUNTIME_TAG
ARG COMMIT=unknown
ARG VERSION=0.2.0
LABEL org.opencontainers.image.title="Collector" \
      org.opencontainers.image.description="Tails the logs of a Kubernetes node and stores each line exactly once in an object store." \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="$COMMIT" \
      org.opencontainers.image.base.name="mcr.microsoft.com/dotnet/runtime-deps:$RUNTIME_TAG"
# The root file system may be read-only.
COPY --from=build /out/collector /usr/local/bin/collector
COPY --from=build /out/licenses.tsv /out/sbom.cdx.json /source/LICENSE /source/NOTICE /usr/share/doc/collector/
COPY --from=build --chown=10001:0 /out/data /var/lib/collector
# Any uid will do. The chart runs it as root with one capability, because kubelet's logs are root's.
USER 10001:0
EXPOSE 2020
ENTRYPOINT ["/usr/local/bin/collector"]
CMD ["run", "--config", "/etc/collector/collector.yaml"]
