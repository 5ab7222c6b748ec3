/**
 * The names that the packages declare to their users, by the declarations that are built. Types are read by the
 * compiler that api-extractor brings, which has an API; that of TypeScript 7 is unstable.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
export const ts = createRequire(require.resolve("@microsoft/api-extractor"))("typescript");

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
/** The entry that is released together with the engine and promised to nobody. */
const INTERNAL = "./internal";

/** The entries of the packages that have functions for users: what their manifests export. */
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

/** Returns the symbol after a name that is re-exported. */
export function original(symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** True if a class is re-exported without its constructor. */
export function isTypeOnly(symbol) {
  if (!(symbol.flags & ts.SymbolFlags.Alias)) return false;
  if (symbol.declarations?.some(ts.isTypeOnlyExportDeclaration)) return true;
  return isTypeOnly(checker.getImmediateAliasedSymbol(symbol));
}
