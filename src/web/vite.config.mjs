// How the pages are built: one HTML file each, with scripts and styles that carry a hash of their content. A page's
// script may weigh 250 kB compressed, with all it imports; above that the build fails.
import { gzipSync } from "node:zlib";
import { defineConfig } from "vite";

const MAX_BYTES = 250_000;

// The explorer and the REST docs bring other people's programs, which are loaded by those who open them.
const pages = ["index", "records", "sync", "connect", "admin", "missing", "explorer", "sandbox", "docs"];

/** Fails the build where a page's first load grows too heavy. */
const weigh = {
  name: "weigh",
  generateBundle(_options, bundle) {
    for (const entry of Object.values(bundle)) {
      if (entry.type !== "chunk" || !entry.isEntry) continue;
      const scripts = new Set([entry.fileName]);
      for (const name of scripts) for (const imported of bundle[name].imports) scripts.add(imported);
      const bytes = [...scripts].reduce((sum, name) => sum + gzipSync(bundle[name].code).length, 0);
      if (bytes > MAX_BYTES) this.error(`${entry.name} weighs ${bytes} bytes compressed, over ${MAX_BYTES}.`);
    }
  },
};

export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  plugins: [weigh],
  build: {
    outDir: "../../dist/web",
    // Pages that are open somewhere find the files of their build, and a service that runs meanwhile finds its pages.
    emptyOutDir: false,
    target: "es2022",
    // Swagger UI and GraphiQL are what they are; `weigh` bounds what every page loads.
    chunkSizeWarningLimit: 2_000,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: pages.map((name) => `${import.meta.dirname}/${name}.html`),
      // "use client" in other people's packages, which is said to React's servers.
      // And what took how long, which a busy machine would tell whoever starts it.
      checks: { moduleLevelDirective: false, bundlerTimings: false },
    },
  },
  // `npx vite src/web`, beside a running service: pages that reload as they are edited.
  server: {
    proxy: {
      "/graphql": { target: "http://127.0.0.1:4000", ws: true },
      "/api": { target: "http://127.0.0.1:4000" },
    },
  },
});
