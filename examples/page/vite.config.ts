import { defineConfig, type Plugin } from "vite";
import { sources } from "../../scripts/sources.mjs";

const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; base-uri 'none'; form-action 'none'";

/** The policy in the built page, for servers that send none. A worker obeys that of its own file's headers. */
function policy(): Plugin {
  return {
    name: "policy",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: POLICY },
        injectTo: "head-prepend",
      },
    ],
  };
}

export default defineConfig(({ command, isPreview }) => ({
  // `vite` serves the sources of the workspace; `vite build` takes the packages, as in a project of your own.
  resolve: { alias: command === "serve" && isPreview !== true ? sources : [] },
  plugins: [policy()],
  // The page works from any folder of a server.
  base: "./",
  build: { target: "es2022" },
  worker: { format: "es" },
  preview: { headers: { "content-security-policy": POLICY } },
}));
