import { defineConfig } from "vite";
import { policy } from "../../scripts/policy.mjs";
import { sources } from "../../scripts/sources.mjs";
import { mathml } from "./scripts/mathml.ts";

const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob:; base-uri 'none'; form-action 'none'";

// `vite` serves the sources of the workspace, so that an edit in the engine shows at once;
// `vite build` takes the built packages, as any user of them would.
export default defineConfig(({ command, isPreview }) => ({
  resolve: { alias: command === "serve" && isPreview !== true ? sources : [] },
  plugins: [policy(POLICY), mathml()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // The page works from any folder of a server.
  base: "./",
  build: {
    outDir: "dist/web",
    emptyOutDir: true,
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    rolldownOptions: {
      // The worker is an entry of its own, so that page and worker have the library in one file for both.
      input: {
        main: "index.html",
        en: "en/index.html",
        ko: "ko/index.html",
        "speed.worker": "src/web/speed.worker.ts",
      },
      output: {
        entryFileNames: ({ name }) =>
          name === "speed.worker" ? "assets/[name].js" : "assets/[name]-[hash].js",
      },
    },
  },
  preview: { headers: { "content-security-policy": POLICY } },
}));
