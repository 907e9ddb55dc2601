# Tidemark as a container: the built program, the packages that it runs on, and nobody who may write to either. It
# takes its database by DATABASE_URL; the embedded PostgreSQL is left out.

FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# No package has to run a script of its own for what is built or shipped here.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY .swcrc ormconfig.ts ./
COPY migrations ./migrations
COPY src ./src
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 DEMO=off
WORKDIR /opt/tidemark
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY migrations ./migrations
COPY package.json README.md LICENSE ./
RUN ln -s /opt/tidemark/dist/src/main.js /usr/local/bin/tidemark && chmod +x dist/src/main.js
# Files belong to root and the program runs as somebody else, so it works on a read-only file system as it is.
USER node
EXPOSE 4000
# Alive, not ready: without its database an instance says so at /readyz, and starting it anew would mend nothing.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# The program answers SIGTERM itself, by finishing what it has.
ENTRYPOINT ["tidemark"]
CMD ["start"]
