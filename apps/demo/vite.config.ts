import { fileURLToPath } from "node:url";
import { defaultClientConditions, defineConfig } from "vite";
import { policy } from "../../scripts/policy.mjs";
import { sources } from "../../scripts/sources.mjs";
import { mathml } from "./scripts/mathml.ts";

const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob:; base-uri 'none'; form-action 'none'";

/** The headers that make a page isolated, so that threads may share memory; without them everything works with one. */
const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Resolves the library without the condition under which it has no WebAssembly. */
function wholeLibrary() {
  const files = new Map(
    ["@graddiff/core", "@graddiff/core/threads", "@graddiff/core/worker"].map((id) => [
      id,
      fileURLToPath(import.meta.resolve(id)),
    ]),
  );
  return {
    name: "whole-library",
    enforce: "pre" as const,
    resolveId: (id: string) => files.get(id),
  };
}

// `vite` serves the sources of the workspace, so that an edit in the engine shows at once;
// `vite build` takes the built packages, as any user of them would.
export default defineConfig(({ command, isPreview }) => ({
  resolve: {
    alias: command === "serve" && isPreview !== true ? sources : [],
    // Graphs of some 40 numbers need no WebAssembly, and without it the library is half as large.
    conditions: ["graddiff-js", ...defaultClientConditions],
  },
  plugins: [policy(POLICY), mathml()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // The page works from any folder of a server.
  base: "./",
  build: {
    outDir: "dist/web",
    // The policy of the page forbids everything inline.
    assetsInlineLimit: 0,
    emptyOutDir: true,
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    rolldownOptions: { input: { main: "index.html", en: "en/index.html", ko: "ko/index.html" } },
  },
  // The worker has a library of its own, with compiler and WebAssembly, which the page then does without.
  worker: { format: "es", plugins: () => [wholeLibrary()] },
  preview: { headers: { ...ISOLATION, "content-security-policy": POLICY } },
}));
