/** Rows of type checkers, and of tools that check manifests. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { faultsIn, programOf } from "../../packages/nn/test/training/fitMistakes.mjs";
import { entriesOf, execute, outputOf, tool } from "../execute.mjs";

/** Checks a file in strict mode, including the declarations of the packages. */
function check(context, { compiler, module, moduleResolution, file = "types.ts" }) {
  const program = tool(context, compiler, "lib/tsc.js");
  const folder = join(context.folder, `types-${compiler}-${moduleResolution}-${file}`);
  mkdirSync(folder, { recursive: true });
  const compilerOptions = {
    target: "es2022",
    lib: ["es2022"],
    module,
    moduleResolution,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    types: [],
    ...(moduleResolution === "node10" ? { ignoreDeprecations: "5.0" } : {}),
  };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: [`../${file}`] }),
  );
  execute(process.execPath, [program, "-p", folder], { cwd: context.folder });
}

/** Checks that a compiler reports each mistake in the options of `fit` at its line. */
function checkMistakes(context, compiler) {
  const program = tool(context, compiler, "lib/tsc.js");
  const file = `mistakes-${compiler}.ts`;
  writeFileSync(join(context.folder, file), programOf("@graddiff/nn"));
  const words = [
    ...["--noEmit", "--strict", "--pretty", "false", "--target", "es2022"],
    ...["--module", "nodenext", "--exactOptionalPropertyTypes", "--skipLibCheck", file],
  ];
  const faults = faultsIn(outputOf(process.execPath, [program, ...words], { cwd: context.folder }));
  if (faults.length > 0) throw new Error(faults.join("\n"));
}

const mistakes = (name, { compiler }, quick = false) => ({
  name: `${name}, mistakes in fit`,
  quick,
  run: (context) => checkMistakes(context, compiler),
});

const row = (name, options, quick = false) => ({
  name,
  quick,
  run: (context) => check(context, options),
});

const current = { compiler: "typescript" };
const old = { compiler: "typescript-5.9" };
const oldest = { compiler: "typescript-5.7" };

export const typeRows = [
  mistakes("TypeScript 7.0", current, true),
  mistakes("TypeScript 5.9", old),
  mistakes("TypeScript 5.7", oldest),
  row("TypeScript 7.0, node16", { ...current, module: "node16", moduleResolution: "node16" }),
  row(
    "TypeScript 7.0, nodenext",
    { ...current, module: "nodenext", moduleResolution: "nodenext" },
    true,
  ),
  row("TypeScript 7.0, nodenext, require", {
    ...current,
    module: "nodenext",
    moduleResolution: "nodenext",
    file: "types.cts",
  }),
  row(
    "TypeScript 7.0, bundler",
    { ...current, module: "esnext", moduleResolution: "bundler" },
    true,
  ),
  row("TypeScript 5.9, nodenext", { ...old, module: "nodenext", moduleResolution: "nodenext" }),
  row("TypeScript 5.9, bundler", { ...old, module: "esnext", moduleResolution: "bundler" }),
  row("TypeScript 5.9, node10", { ...old, module: "commonjs", moduleResolution: "node10" }),
  row("TypeScript 5.7, bundler", { ...oldest, module: "esnext", moduleResolution: "bundler" }),
  row("TypeScript 5.7, node10", { ...oldest, module: "commonjs", moduleResolution: "node10" }),
  row(
    "TypeScript 7.0, nodenext, files, onnx and solve",
    { ...current, module: "nodenext", moduleResolution: "nodenext", file: "othersTypes.ts" },
    true,
  ),
  row("TypeScript 5.7, bundler, files, onnx and solve", {
    ...oldest,
    module: "esnext",
    moduleResolution: "bundler",
    file: "othersTypes.ts",
  }),
  ...["laws.ts", "library.ts"].flatMap((file) => [
    row(
      `TypeScript 7.0, nodenext, ${file}`,
      { ...current, module: "nodenext", moduleResolution: "nodenext", file },
      true,
    ),
    row(`TypeScript 5.7, bundler, ${file}`, {
      ...oldest,
      module: "esnext",
      moduleResolution: "bundler",
      file,
    }),
  ]),
  ...["core", "wasm-kernel", "nn", "files", "onnx", "solve", "stats"].map((name) => ({
    name: `publint, @graddiff/${name}`,
    run: (context) => {
      const program = tool(context, "publint", "src/cli.js");
      const folder = join(context.folder, "node_modules/@graddiff", name);
      const said = execute(process.execPath, [program, folder, "--strict"], {
        cwd: context.folder,
      });
      if (!/All good/i.test(said)) throw new Error(said);
    },
  })),
  ...["wasm-kernel", "core", "nn", "files", "onnx", "solve", "stats"].map((name, i) => ({
    name: `are-the-types-wrong, @graddiff/${name}`,
    run: (context) => {
      const program = tool(context, "@arethetypeswrong/cli", "dist/index.js");
      const further = entriesOf(context.folder, name).filter((entry) => entry !== ".");
      // The ignored rule is about older versions of Node: since 20.19 `require` loads ES modules.
      const words = [
        // Further entries are not checked: the resolution `node10` finds none, and one of them is not a module.
        ...(further.length > 0 ? ["--exclude-entrypoints", ...further] : []),
        "--no-emoji",
        "--ignore-rules",
        "cjs-resolves-to-esm",
        "-f",
        "ascii",
      ];
      execute(process.execPath, [program, context.tarballs[i], ...words], { cwd: context.folder });
    },
  })),
];
