/**
 * Writes the common fields of the manifests of all workspaces, from the manifest of the root: the version, and the
 * versions of the workspaces that they depend on. Published packages also get `license`, `engines`, `repository`,
 * `homepage` and `bugs`. `npm version 0.4.0` runs it.
 *
 *   node scripts/manifests.mjs            writes them
 *   node scripts/manifests.mjs --check    fails if one of them differs
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const check = process.argv.includes("--check");

const main = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** The folders of the workspaces, relative to the root. */
const folders = main.workspaces.flatMap((pattern) =>
  pattern.endsWith("/*")
    ? readdirSync(join(root, pattern.slice(0, -2)))
        .map((name) => join(pattern.slice(0, -2), name))
        .filter((folder) => existsSync(join(root, folder, "package.json")))
    : [pattern],
);
const manifests = folders.map((folder) => {
  const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  return { folder, manifest };
});
const names = new Set(manifests.map(({ manifest }) => manifest.name));

/** The page of the repository. */
const page = main.repository.url.replace(/^git\+|\.git$/g, "");

for (const { folder, manifest } of manifests) {
  // The manifests are compared as data: a formatter may have written short lists in one line.
  const before = JSON.stringify(manifest);
  manifest.version = main.version;
  for (const kind of ["dependencies", "devDependencies", "peerDependencies"]) {
    for (const name of Object.keys(manifest[kind] ?? {})) {
      if (names.has(name)) manifest[kind][name] = main.version;
    }
  }
  if (manifest.private !== true) {
    manifest.license = main.license;
    manifest.repository = { ...main.repository, directory: folder.replaceAll("\\", "/") };
    manifest.homepage = `${page}#readme`;
    manifest.bugs = `${page}/issues`;
    manifest.engines = main.engines;
  }
  if (JSON.stringify(manifest) === before) continue;
  if (check) {
    console.error(
      `${folder}/package.json: expected what package.json says, by \`npm run manifests\``,
    );
    process.exitCode = 1;
  } else {
    writeFileSync(join(root, folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  }
}
