# docker build --tag olla .
ARG NODE_IMAGE=node:24.21.0-bookworm-slim
ARG BASE_IMAGE=debian:12.12-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY . .
RUN npm run build:executable

FROM ${BASE_IMAGE}
COPY --from=build /src/dist/executable/olla /usr/local/bin/olla
COPY --from=build /src/dist/executable/LICENSES.txt /usr/share/doc/olla/LICENSES.txt
# Found as config/config.yaml from the working directory, which may be mounted at either place.
RUN mkdir -p /app /config && ln -s /config /app/config
WORKDIR /app
# Inside of a container nobody else is on the loopback address.
ENV OLLA_SERVER_HOST=0.0.0.0
USER 65532:65532
EXPOSE 40114
STOPSIGNAL SIGTERM
# Status 4 tells that no endpoint can serve now, which starting the gateway anew would not change.
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s --retries=3 \
  CMD olla status >/dev/null 2>&1 || [ $? -eq 4 ]
ENTRYPOINT ["olla"]
CMD ["serve"]
