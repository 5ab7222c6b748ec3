/** Bundles a TypeScript program, with the sources of the workspace that it imports, into one JavaScript file. */

import { join, resolve } from "node:path";
import { build } from "vite";
import { sources } from "./sources.mjs";

/**
 * @param {string} program the path of the program from `root`.
 * @param {string} folder the folder into which the file is written.
 * @param {string} [root] the folder of the package; default: the working directory.
 * @returns {Promise<string>} the path of the file.
 */
export async function bundleProgram(program, folder, root = process.cwd()) {
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
