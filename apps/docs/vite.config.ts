/** Serves the built site to the tests, as a server with a strict policy would. VitePress does not read this. */

import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { inlineScripts } from "./scripts/inlineScripts.mjs";

const dist = fileURLToPath(new URL("dist", import.meta.url));

/** A policy under which everything works: `blob:` is for the programs that readers run. */
export const policy = () =>
  `default-src 'self'; script-src 'self' blob: 'wasm-unsafe-eval' ${inlineScripts(dist).join(" ")}; ` +
  "style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'";

export default defineConfig(() => ({
  appType: "mpa" as const,
  base: process.env["GRADDIFF_DOCS_BASE"] ?? "/",
  preview: { headers: { "content-security-policy": policy() } },
}));
