import { defineConfig } from "vite";
import { sources } from "../../scripts/sources.mjs";

// `vite` serves the sources of the workspace, so that an edit in the engine shows at once;
// `vite build` takes the built packages, as any user of them would.
export default defineConfig(({ command, isPreview }) => ({
  resolve: { alias: command === "serve" && isPreview !== true ? sources : [] },
  // The page works from any folder of a server.
  base: "./",
  build: { outDir: "dist/web", emptyOutDir: true, target: "es2022" },
  worker: { format: "es" },
}));
