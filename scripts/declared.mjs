/**
 * The public names of the packages, read from the built declarations. The types are read by the TypeScript compiler that
 * api-extractor depends on, because the API of TypeScript 7 is unstable.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
export const ts = createRequire(require.resolve("@microsoft/api-extractor"))("typescript");

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
/** The entry that only packages of this repository import. It may change in every release, so it has no public names. */
const INTERNAL = "./internal";

/** The packages with functions for users, and the entries that their manifests export. */
export const packages = ["core", "files", "nn", "onnx", "solve", "stats"].map((name) => {
  const folder = join(root, "packages", name);
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const entries = Object.entries(exports).flatMap(([entry, { types }]) =>
    types === undefined || entry === INTERNAL ? [] : [{ entry, file: join(folder, types) }],
  );
  return { name, folder, entries };
});

export const program = ts.createProgram(
  packages.flatMap(({ entries }) => entries.map(({ file }) => file)),
  {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    types: [],
  },
);
export const checker = program.getTypeChecker();

for (const entry of packages.flatMap(({ entries }) => entries)) {
  const source = program.getSourceFile(entry.file);
  if (source === undefined) throw new Error(`${entry.file}: not built, see \`npm run build\``);
  const module = checker.getSymbolAtLocation(source);
  entry.symbols = checker.getExportsOfModule(module);
}

/** Returns the symbol that a re-exported name refers to; another symbol is returned as it is. */
export function original(symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** True if a class is re-exported only as a type, without its constructor. */
export function isTypeOnly(symbol) {
  if (!(symbol.flags & ts.SymbolFlags.Alias)) return false;
  if (symbol.declarations?.some(ts.isTypeOnlyExportDeclaration)) return true;
  return isTypeOnly(checker.getImmediateAliasedSymbol(symbol));
}
