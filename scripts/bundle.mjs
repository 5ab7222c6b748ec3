/**
 * Bundles the package in the working directory into dist/, which starts several times faster than a hundred
 * small files: src/index.ts into one index.js, or as the package's own scripts/chunks.mjs says. Other
 * packages stay imports. The compiler writes the declarations beside it.
 *
 *   node ../../scripts/bundle.mjs [FOLDER]    another folder than dist/
 */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "vite";

const { dependencies = {} } = JSON.parse(readFileSync("package.json", "utf8"));
const chunks = resolve("scripts/chunks.mjs");
const {
  entries = { index: "src/index.ts" },
  groups,
  builds = [{ folder: ".", alias: [] }],
} = existsSync(chunks) ? await import(pathToFileURL(chunks).href) : {};

for (const { folder, alias } of builds) {
  await build({
    configFile: false,
    logLevel: "warn",
    resolve: { alias },
    build: {
      target: "es2023",
      outDir: join(process.argv[2] ?? "dist", folder),
      // The declarations are there already.
      emptyOutDir: false,
      // It is read as it is: a map would be as large again as all the rest.
      sourcemap: false,
      minify: false,
      lib: { entry: entries, formats: ["es"], fileName: (_format, name) => `${name}.js` },
      rolldownOptions: {
        external: [
          /^node:/,
          ...Object.keys(dependencies).map((name) => new RegExp(`^${name}(/|$)`)),
        ],
        ...(groups && { preserveEntrySignatures: "allow-extension" }),
        output: {
          // Documentation is in the declarations. An engine reads ASCII in half the bytes, and a third less
          // of it without comments; those that tell bundlers what may be left out stay.
          charset: "ascii",
          comments: { annotation: true, jsdoc: false, legal: true },
          chunkFileNames: "[name].js",
          ...(groups && { codeSplitting: { includeDependenciesRecursively: false, groups } }),
        },
      },
    },
  });
}
