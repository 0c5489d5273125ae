# The local system in a container (the default), and a function as a Lambda image (target lambda).
#
#   docker build -t cdc .
#   docker run --rm -it --name cdc cdc                   a CoreDB at work, until Ctrl-C
#   docker run --rm -i cdc local --once --input - <changes.ndjson
#
# The gateway of the local system checks no signature. So it listens on the loopback address alone and
# answers only to that name: publishing its port (-p) leads nowhere. Two ways to reach it:
#
#   docker exec cdc cdc dlq list                         from inside of the container
#   docker run --rm -it --network host cdc               on Linux: at 127.0.0.1:4566 of this machine
#
# A Lambda image, for the architecture that it is built on (--platform linux/arm64 for Graviton):
#
#   docker build --target lambda --build-arg FUNCTION=health-check -t health-check .

# The same as in rust-toolchain.toml.
ARG RUST_VERSION=1.95.0

# Brings gcc, which bundled SQLite and ring need. Its C library is no newer than the images below.
FROM rust:${RUST_VERSION}-slim-bookworm AS build
ARG RUST_VERSION
# Above rust-toolchain.toml, whose components are for people: nothing is to be fetched for a build.
ENV RUSTUP_TOOLCHAIN=${RUST_VERSION} CARGO_INCREMENTAL=0
WORKDIR /src
COPY . .

FROM build AS build-function
ARG FUNCTION=cdc-processor
# Amazon Linux 2023 has glibc 2.34: better to fail here than in the first invocation.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --locked --release --package "${FUNCTION}" --bin "${FUNCTION}" \
    && mkdir /out \
    && cp "target/release/${FUNCTION}" /out/bootstrap \
    && objdump --dynamic-syms /out/bootstrap >/tmp/symbols \
    && ! grep -E 'GLIBC_2\.(3[5-9]|[4-9][0-9])' /tmp/symbols

FROM public.ecr.aws/lambda/provided:al2023 AS lambda
COPY --from=build-function /out/bootstrap /var/runtime/bootstrap
CMD ["bootstrap"]

FROM build AS build-local
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --locked --release --package cdc --bin cdc \
    && mkdir /out \
    && cp target/release/cdc /out/cdc

FROM debian:bookworm-slim AS local
# Certificates are for the commands that call an account; the newest are the right ones.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home cdc \
    && install --directory --owner 10001 /data
COPY --from=build-local /out/cdc /usr/local/bin/cdc
USER 10001
# Nothing is kept unless asked for: --data /data, with a volume there.
WORKDIR /data
ENTRYPOINT ["cdc"]
CMD ["local", "--listen", "127.0.0.1:4566"]
