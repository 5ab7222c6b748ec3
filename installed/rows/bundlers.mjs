/** Rows of bundlers, whose output runs in Node. */

import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execute, lastJson, tool } from "../execute.mjs";

/** Imports the module of an installed tool. */
export async function load({ tools }, name) {
  const require = createRequire(join(tools, "package.json"));
  return await import(pathToFileURL(require.resolve(name)).href);
}

/** Runs a bundle in Node, from a folder without packages. */
export function runBundle(context, file) {
  return lastJson(execute(process.execPath, [file], { cwd: join(context.folder, "bundles") }));
}

/** Returns the path for a bundle, in a folder that exists. */
function bundle({ folder }, name) {
  mkdirSync(join(folder, "bundles"), { recursive: true });
  return join(folder, "bundles", name);
}

/** Bundles one of the files of the rows by esbuild, with its defaults. */
export async function byEsbuild(context, entry, format, name) {
  tool(context, "esbuild", "package.json");
  const { build } = (await load(context, "esbuild")).default;
  const outfile = bundle(context, name);
  await build({
    entryPoints: [join(context.folder, entry)],
    bundle: true,
    format,
    outfile,
    minify: true,
    logLevel: "silent",
    absWorkingDir: context.folder,
    // The kernel stays an import of the file beside the bundle, as in bundles of wrangler.
    alias: { "@graddiff/wasm-kernel/kernel.wasm": "./kernel.wasm" },
    external: ["./kernel.wasm"],
  }).then(({ warnings }) => {
    if (warnings.length > 0) throw new Error(warnings[0].text);
  });
  return outfile;
}

export async function byVite(context, entry = "print.mjs") {
  const { build } = await load(context, "vite");
  await build({
    root: context.folder,
    configFile: false,
    logLevel: "error",
    build: {
      outDir: join(context.folder, "bundles/vite"),
      lib: {
        entry: join(context.folder, entry),
        formats: ["es"],
        fileName: () => entry,
      },
    },
  });
  return bundle(context, `vite/${entry}`);
}

/** Bundles by Vite for a server. Without its option `noExternal`, packages would stay imports. */
async function byViteSsr(context) {
  const { build } = await load(context, "vite");
  await build({
    root: context.folder,
    configFile: false,
    logLevel: "error",
    ssr: { noExternal: true },
    build: { ssr: "print.mjs", outDir: join(context.folder, "bundles/ssr") },
  });
  return bundle(context, "ssr/print.js");
}

export async function byRollup(context, entry = "print.mjs", name = "rollup.mjs") {
  const { rollup } = await load(context, "rollup");
  const { nodeResolve } = await load(context, "@rollup/plugin-node-resolve");
  const warnings = [];
  const build = await rollup({
    input: join(context.folder, entry),
    plugins: [nodeResolve()],
    onwarn: ({ message }) => warnings.push(message),
  });
  const file = bundle(context, name);
  await build.write({ file, format: "es" });
  await build.close();
  if (warnings.length > 0) throw new Error(warnings[0]);
  return file;
}

/** @param more further options of webpack. */
export async function byWebpack(context, mode, more = {}) {
  const { default: webpack } = await load(context, "webpack");
  const file = bundle(context, `webpack-${mode}.cjs`);
  const stats = await new Promise((done, fail) => {
    webpack(
      {
        mode,
        target: "node",
        context: context.folder,
        entry: "./print.mjs",
        output: { path: join(context.folder, "bundles"), filename: `webpack-${mode}.cjs` },
        performance: false,
        ...more,
      },
      (error, result) => (error ? fail(error) : done(result)),
    );
  });
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  for (const { message } of [...errors, ...warnings]) throw new Error(message);
  return file;
}

/**
 * Bundles by Parcel, which by default resolves packages by `main` and ignores `exports`. So the program imports only main
 * entries.
 */
function byParcel(context) {
  const program = tool(context, "parcel", "lib/bin.js");
  writeFileSync(join(context.folder, "parcel.mjs"), 'import "./print.mjs";\n');
  const words = [
    "build",
    "parcel.mjs",
    "--dist-dir",
    "bundles/parcel",
    "--no-cache",
    "--no-source-maps",
  ];
  execute(process.execPath, [program, ...words], { cwd: context.folder });
  return bundle(context, "parcel/parcel.js");
}

const row = (name, make, more = {}) => ({
  name,
  quick: more.quick ?? false,
  expected: more.expected ?? {},
  run: async (context) => runBundle(context, await make(context)),
});

export const bundlerRows = [
  row("Vite, a library", (context) => byVite(context), { quick: true }),
  row("Vite, for a server", byViteSsr),
  row("esbuild, esm", (context) => byEsbuild(context, "print.mjs", "esm", "esbuild.mjs")),
  row("esbuild, cjs", (context) => byEsbuild(context, "print.mjs", "cjs", "esbuild.cjs")),
  row("esbuild, iife", (context) => byEsbuild(context, "print.mjs", "iife", "iife.cjs")),
  row("Rollup", (context) => byRollup(context)),
  row("webpack, production", (context) => byWebpack(context, "production")),
  row("webpack, development", (context) => byWebpack(context, "development"), {
    // Vite's module runner rewrites each file, which changes line numbers.
    expected: { named: true, rewritten: true },
  }),
  row("Parcel", byParcel),
];
