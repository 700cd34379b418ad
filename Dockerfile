# syntax=docker/dockerfile:1.19
# The service; with `--target standin` the stand-in for the systems around it.

FROM rust:1.95.0-slim-trixie AS build
WORKDIR /build
# First the dependencies alone: they change less often than the sources, so this layer is found in the cache.
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY standin/Cargo.toml standin/
COPY scripts/image scripts/image
RUN scripts/image/stub-sources && cargo build --release --locked --package locations-inside-prison-api
COPY .sqlx .sqlx
COPY migrations migrations
COPY src src
COPY build.rs ./
ARG BUILD_NUMBER
ARG GIT_REF
ARG GIT_BRANCH
ENV BUILD_NUMBER=${BUILD_NUMBER} GIT_REF=${GIT_REF} GIT_BRANCH=${GIT_BRANCH}
# The copies may be older than the stubs, and cargo goes by time.
RUN touch build.rs src/lib.rs src/main.rs && cargo build --release --locked --package locations-inside-prison-api
RUN scripts/image/root target/release/locations-inside-prison-api /image

FROM build AS build-standin
COPY standin standin
RUN touch standin/build.rs standin/src/lib.rs standin/src/main.rs && cargo build --release --locked --package standin
RUN scripts/image/root target/release/standin /image-standin

FROM scratch AS standin
COPY --from=build-standin /image-standin /
WORKDIR /app
USER 2000:2000
EXPOSE 8080
ENTRYPOINT ["/app/standin"]

FROM scratch
ARG BUILD_NUMBER
ARG GIT_REF
LABEL org.opencontainers.image.title="hmpps-locations-inside-prison-api" \
      org.opencontainers.image.description="Owns every location inside every prison and keeps them in step with NOMIS" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.source="https://github.com/ministryofjustice/hmpps-locations-inside-prison-api" \
      org.opencontainers.image.version="${BUILD_NUMBER}" \
      org.opencontainers.image.revision="${GIT_REF}"
COPY --from=build /image /
# The authorities that sign the certificates of RDS databases.
ADD --chmod=444 https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem /app/rds-ca.pem
ENV DATABASE_ROOT_CERTIFICATE=/app/rds-ca.pem TZ=Europe/London
WORKDIR /app
USER 2000:2000
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/app/locations-inside-prison-api", "healthcheck"]
ENTRYPOINT ["/app/locations-inside-prison-api"]
CMD ["serve"]
