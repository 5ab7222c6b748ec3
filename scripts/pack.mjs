/**
 * The commands that `npm pack` and `npm publish` run in a package:
 *
 *   node ../../scripts/pack.mjs before   build it, and lay the licence beside it
 *   node ../../scripts/pack.mjs after    take away what was laid there
 *
 * So a fresh clone packs the same files as any other, and texts are kept once.
 */

import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const folder = process.cwd();

/** The texts of the root that a package has none of its own of. */
const texts = ["LICENSE"];

if (process.argv[2] === "after") {
  for (const text of texts) rmSync(join(folder, text), { force: true });
} else {
  const { name } = JSON.parse(readFileSync("package.json", "utf8"));
  const turbo = join(root, "scripts/turbo.mjs");
  // Standard output is npm's, which may be writing JSON there.
  const { status } = spawnSync(
    process.execPath,
    [turbo, "run", "build", `--filter=${name}`, "--output-logs=errors-only"],
    { stdio: ["ignore", 2, 2] },
  );
  if (status !== 0) process.exit(status ?? 1);
  if (!existsSync("dist/index.js")) throw new Error(`${name}: the build wrote no dist/index.js.`);
  for (const text of texts) copyFileSync(join(root, text), join(folder, text));
}
