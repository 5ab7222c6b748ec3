/**
 * Writes the import map for pages without a build step into RUNNING.md of core: all packages and their dependencies.
 *
 *   node scripts/importMap.mjs          writes it
 *   node scripts/importMap.mjs --check  fails if RUNNING.md has another map
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** The packages of this repository that pages may import, each after its dependencies. */
const OWN = ["wasm-kernel", "core", "nn", "solve", "stats", "files", "onnx"];

/** The entries that a page does not import: those for Node, manifests, binaries and workers. */
const OTHER = /node$|package\.json$|\.wasm$|worker$/;

/** @param {string} folder */
const manifestIn = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/**
 * Returns the entries of a package that a page can import, with their files.
 * @param {string} folder
 * @param {(name: string) => boolean} isWanted
 * @returns {[name: string, file: string][]}
 */
function entriesOf(folder, isWanted) {
  const { name, exports } = manifestIn(folder);
  return Object.entries(exports).flatMap(([entry, { import: module, default: file = module }]) => {
    const path = `${name}${entry.slice(1)}`;
    const target = typeof file === "string" ? file : file?.default;
    return isWanted(path) && typeof target === "string" ? [[path, target.slice(2)]] : [];
  });
}

/**
 * Returns the names of the modules that the built entries of a package import from other packages.
 * @param {string} folder
 */
function importsOf(folder) {
  return entriesOf(folder, (name) => !OTHER.test(name)).flatMap(([, file]) => {
    if (!existsSync(join(folder, file))) throw new Error(`${folder} is not built: npm run build`);
    const text = readFileSync(join(folder, file), "utf8");
    return [...text.matchAll(/^(?:import|export)\b[^"'\n]*from "([^."][^"]*)"/gm)].map(
      ([, name = ""]) => name,
    );
  });
}

/**
 * Returns the addresses of all modules by the names that programs import.
 * @param {(folder: string, name: string, version: string) => string} base returns the address of a package, from its
 *   local folder, its name and its version.
 */
export function importMap(base) {
  const folders = OWN.map((name) => join(root, "packages", name));
  const needed = new Set(
    folders.flatMap(importsOf).filter((name) => !name.startsWith("@graddiff/")),
  );
  const others = [...needed].map((name) =>
    name
      .split("/")
      .slice(0, name[0] === "@" ? 2 : 1)
      .join("/"),
  );
  const all = [
    ...folders.map(
      (folder) =>
        /** @type {const} */ ([folder, (/** @type {string} */ name) => !OTHER.test(name)]),
    ),
    ...[...new Set(others)]
      .sort()
      .map(
        (name) =>
          /** @type {const} */ ([
            join(root, "node_modules", name),
            (/** @type {string} */ entry) => needed.has(entry),
          ]),
      ),
  ];
  return {
    imports: Object.fromEntries(
      all.flatMap(([folder, isWanted]) => {
        const { name, version } = manifestIn(folder);
        return entriesOf(folder, isWanted).map(([entry, file]) => [
          entry,
          `${base(folder, name, version)}/${file}`,
        ]);
      }),
    ),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { imports } = importMap(
    (_, name, version) => `https://cdn.jsdelivr.net/npm/${name}@${version}`,
  );
  const lines = Object.entries(imports).map(([name, address]) => `    "${name}": "${address}"`);
  const map = `<script type="importmap">\n  { "imports": {\n${lines.join(",\n")}\n  } }\n</script>`;
  const file = join(root, "packages/core/RUNNING.md");
  const before = readFileSync(file, "utf8");
  const after = before.replace(/<script type="importmap">[\s\S]*?<\/script>/, () => map);
  if (!process.argv.includes("--check")) writeFileSync(file, after);
  else if (after !== before) {
    console.error("packages/core/RUNNING.md has another import map; run npm run api");
    process.exitCode = 1;
  }
}
