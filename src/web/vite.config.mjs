// How the pages are built: one HTML file each, with scripts and styles that carry a hash of their content. A page's
// script may weigh 250 kB compressed, with all it imports; above that the build fails.
import { gzipSync } from "node:zlib";
import { defineConfig } from "vite";

const MOST_BYTES = 250_000;

const pages = ["index", "records", "sync"];

/** Fails the build where a page's first load grows too heavy. */
const weigh = {
  name: "weigh",
  generateBundle(_options, bundle) {
    for (const entry of Object.values(bundle)) {
      if (entry.type !== "chunk" || !entry.isEntry) continue;
      const scripts = new Set([entry.fileName]);
      for (const name of scripts) for (const imported of bundle[name].imports) scripts.add(imported);
      const bytes = [...scripts].reduce((sum, name) => sum + gzipSync(bundle[name].code).length, 0);
      if (bytes > MOST_BYTES)
        this.error(`${entry.name} weighs ${bytes} bytes compressed, over ${MOST_BYTES}.`);
    }
  },
};

export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  plugins: [weigh],
  build: {
    outDir: "../../dist/web",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: pages.map((name) => `${import.meta.dirname}/${name}.html`) },
  },
  // `npx vite src/web`, beside a running service: pages that reload as they are edited.
  server: {
    proxy: {
      "/graphql": { target: "http://127.0.0.1:4000", ws: true },
      "/api": { target: "http://127.0.0.1:4000" },
    },
  },
});
