import { defineConfig } from "vite";
import { policy } from "../../scripts/policy.mjs";
import { sources } from "../../scripts/sources.mjs";

const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; base-uri 'none'; form-action 'none'";

/** Headers that isolate the page, so that its worker may wait: `Atomics.wait` needs memory that can be shared. */
const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

export default defineConfig(({ command, isPreview }) => ({
  // `vite` serves the sources of the workspace; `vite build` uses the built packages, like a project outside of the
  // workspace.
  resolve: { alias: command === "serve" && isPreview !== true ? sources : [] },
  plugins: [policy(POLICY)],
  // The page works from any folder of a server.
  base: "./",
  build: { target: "es2022" },
  worker: { format: "es" },
  server: { headers: ISOLATION },
  preview: { headers: { ...ISOLATION, "content-security-policy": POLICY } },
}));
