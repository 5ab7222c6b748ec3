/**
 * The commands that `npm pack` and `npm publish` run in a package:
 *
 *   node ../../scripts/pack.mjs before   builds the package, and copies the licence into its folder
 *   node ../../scripts/pack.mjs after    removes the copied licence
 *
 * So a package is always packed from a fresh build, and the repository has the licence only once.
 */

import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const folder = process.cwd();

/** The files of the root that are copied into each package. */
const texts = ["LICENSE"];

if (process.argv[2] === "after") {
  for (const text of texts) rmSync(join(folder, text), { force: true });
} else {
  const { name } = JSON.parse(readFileSync("package.json", "utf8"));
  const turbo = join(root, "scripts/turbo.mjs");
  // npm may write JSON to standard output, so the output of the build goes to standard error.
  const { status } = spawnSync(
    process.execPath,
    [turbo, "run", "build", `--filter=${name}`, "--output-logs=errors-only"],
    { stdio: ["ignore", 2, 2] },
  );
  if (status !== 0) process.exit(status ?? 1);
  if (!existsSync("dist/index.js")) throw new Error(`${name}: the build wrote no dist/index.js.`);
  for (const text of texts) copyFileSync(join(root, text), join(folder, text));
}
