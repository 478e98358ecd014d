# A container that runs drills: Node, a Java runtime and this package. `docker build -t aftershock .`, then
#   docker run --rm -v "$PWD/runs:/drills/runs" -v aftershock-cache:/home/node/.cache aftershock run first
FROM node:22-bookworm-slim AS packed
WORKDIR /build
COPY . .
RUN npm ci && npm pack --pack-destination /packed

FROM node:22-bookworm-slim
# Debian keeps one version of a package: a pinned one is gone with the next mending.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends openjdk-17-jdk-headless iproute2 procps \
  && rm -rf /var/lib/apt/lists/*
COPY --from=packed /packed/*.tgz /tmp/aftershock.tgz
RUN npm install --global --no-audit --no-fund /tmp/aftershock.tgz && npm cache clean --force
RUN mkdir --parents /drills && chown node:node /drills
# The user `node`, by number, so that Kubernetes sees that it is not root.
USER 1000:1000
WORKDIR /drills
ENTRYPOINT ["aftershock"]
CMD ["--help"]
