/** Makes one JavaScript file of a TypeScript program of this package and the sources that it imports. */

import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { sources } from "../../../scripts/sources.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * @param {string} program its path in this package.
 * @param {string} folder where the file is written.
 * @returns {Promise<string>} the file.
 */
export async function bundleProgram(program, folder) {
  await build({
    configFile: false,
    logLevel: "error",
    root,
    resolve: { alias: sources },
    ssr: { noExternal: true },
    build: {
      ssr: resolve(root, program),
      outDir: folder,
      emptyOutDir: false,
      target: "es2023",
      minify: false,
      rolldownOptions: { output: { format: "es", entryFileNames: "program.mjs" } },
    },
  });
  return join(folder, "program.mjs");
}
