/**
 * Writes every example of the documentation to a file of its own, so that the compiler checks its
 * types and `test/examples/examples.test.ts` runs it. Core's examples of networks, which import `@graddiff/core/nn`, are
 * tests of `nn`: `test/nn/examples`.
 *
 * An example is a block ```ts … ``` in a docstring under src/ or in a Markdown file of the package or the root. A
 * comment behind `console.log(…);` is the line that it must print; a block ```text … ``` that
 * follows in a Markdown file is the whole output.
 *
 *   node scripts/examples.mjs            those of core and of the root, without networks
 *   node scripts/examples.mjs --nn       those with networks
 *   node ../core/scripts/examples.mjs .  those of another package and of its README
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expectationsOf } from "../../../scripts/expectations.mjs";

const core = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const root = resolve(core, "../..");
const [argument] = process.argv.slice(2);
const ofNetworks = argument === "--nn";
const folder = resolve(ofNetworks ? core : (argument ?? core));
const target = join(folder, ofNetworks ? "test/nn/examples" : "test/examples", "generated");

const sources = readdirSync(join(folder, "src"), { recursive: true })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join(folder, "src", name));
const documents = [
  join(folder, "README.md"),
  join(folder, "RECIPES.md"),
  ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map((name) =>
    join(folder === core ? root : folder, name),
  ),
].filter((path, i, all) => existsSync(path) && all.indexOf(path) === i);

/** Returns the blocks of a file, with the number of the line that each begins at. */
function blocksOf(path) {
  const text = readFileSync(path, "utf8");
  const isSource = path.endsWith(".ts");
  const fence = isSource
    ? /^ *\* ```ts\n([\s\S]*?)^ *\* ```$/gm
    : /^```ts\n([\s\S]*?)^```$(?:\n\n^```text\n([\s\S]*?)\n^```$)?/gm;
  return [...text.matchAll(fence)].map((match) => ({
    line: text.slice(0, match.index).split("\n").length + 1,
    code: isSource ? match[1].replace(/^ *\* ?/gm, "") : match[1],
    output: match[2] ?? null,
  }));
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const manifest = [];
for (const path of [...sources, ...documents]) {
  for (const { line, code, output } of blocksOf(path)) {
    // The block that shows how an op is added belongs to src/ops; a test of its own uses it.
    if (!ofNetworks && code.includes('from "./elementwise.ts"')) {
      const placed = code.replace('"./elementwise.ts"', '"../../../src/ops/elementwise.ts"');
      writeFileSync(join(target, "newOp.ts"), placed);
    }
    // Blocks that show a shape or another file are no programs.
    if (!/from "@graddiff\/core(\/nn)?"/.test(code)) continue;
    if (folder === core && /from "@graddiff\/core\/nn"/.test(code) !== ofNetworks) continue;
    const origin = `${relative(root, path).replaceAll("\\", "/")}:${line}`;
    const file = `${origin.replace(/[^a-zA-Z0-9]+/g, "_")}.ts`;
    writeFileSync(join(target, file), `// ${origin}\n${code}\nexport {};\n`);
    manifest.push({ origin, file, expected: expectationsOf(code), output });
  }
}
writeFileSync(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
