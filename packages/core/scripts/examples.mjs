/**
 * Writes each example of a package's documentation to a separate file, so that the compiler checks its types and
 * `test/examples/examples.test.ts` runs it.
 *
 * An example is a block ```ts … ``` in a docstring under src/ or in a Markdown file of the package. Examples of the
 * root belong to core. Examples of core and of the root that import `@graddiff/nn` belong to nn, since tests of core do
 * not import nn. A comment after `console.log(…);` is the line that it must print; a block ```text … ``` after an
 * example in a Markdown file is its whole output.
 *
 *   node scripts/examples.mjs            the examples of core and of the root
 *   node ../core/scripts/examples.mjs .  the examples of another package
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expectationsOf } from "../../../scripts/expectations.mjs";

const core = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const root = resolve(core, "../..");
const nn = resolve(core, "../nn");
const folder = resolve(process.argv[2] ?? core);
const target = join(folder, "test/examples/generated");

/** Returns the files of a package, or of the root, that may contain examples. */
function filesOf(place) {
  const src = join(place, "src");
  const sources = existsSync(src) ? readdirSync(src, { recursive: true, encoding: "utf8" }) : [];
  const documents = [
    ...["README.md", "RECIPES.md", "RUNNING.md", "ARCHITECTURE.md", "CONTRIBUTING.md"],
    "docs/adding-an-op.md",
  ];
  return [
    ...sources.filter((name) => name.endsWith(".ts")).map((name) => join(src, name)),
    ...documents.map((name) => join(place, name)).filter((path) => existsSync(path)),
  ];
}

/** True if a block of a file is an example of this package. */
function isOwn(path, code) {
  // A block that imports no package is not a program.
  if (!/^[^*\n]*from "@graddiff\/(core(\/extend)?|nn)"/m.test(code)) return false;
  const isOfNetworks = /^[^*\n]*from "@graddiff\/nn"/m.test(code);
  const isShared = !path.startsWith(join(folder, "/")) || folder === core;
  return !isShared || isOfNetworks === (folder === nn);
}

/** Returns the blocks of a file, each with the number of its first line. */
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
const shared = folder === core ? [root] : folder === nn ? [core, root] : [];
for (const path of [folder, ...shared].flatMap(filesOf)) {
  for (const { line, code, output } of blocksOf(path)) {
    // Blocks that show how an op is added are files of src/ops. They are written here for a separate test.
    if (folder === core && code.includes('from "./elementwise.ts"')) {
      const placed = code
        .replaceAll('from "./', 'from "../ops/')
        .replaceAll('from "../', 'from "../../../src/');
      const [, name] = /export (?:const|function) (\w+)/.exec(code);
      writeFileSync(join(target, `op_${name}.ts`), placed);
    }
    if (!isOwn(path, code)) continue;
    const origin = `${relative(root, path).replaceAll("\\", "/")}:${line}`;
    const file = `${origin.replace(/[^a-zA-Z0-9]+/g, "_")}.ts`;
    writeFileSync(join(target, file), `// ${origin}\n${code}\nexport {};\n`);
    manifest.push({ origin, file, expected: expectationsOf(code), output });
  }
}
writeFileSync(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
