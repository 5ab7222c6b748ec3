/**
 * Writes every example of a package's documentation to a file of its own, so that the compiler checks its
 * types and `test/examples/examples.test.ts` runs it.
 *
 * An example is a block ```ts … ``` in a docstring under src/ or in a Markdown file of the package. Those of the root are
 * core's; those of core and of the root that import `@graddiff/nn` are tests of that package, since core's import nothing
 * of it. A comment after `console.log(…);` is the line that it must print; a block ```text … ``` that
 * follows in a Markdown file is the whole output.
 *
 *   node scripts/examples.mjs            those of core and of the root
 *   node ../core/scripts/examples.mjs .  those of another package
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

/** Returns the files of a package, or of the root, that have examples. */
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

/** True if a block is an example of this package, by the file that contains it. */
function isOwn(path, code) {
  // Blocks that show a shape or another file are no programs.
  if (!/^[^*\n]*from "@graddiff\/(core(\/extend)?|nn)"/m.test(code)) return false;
  const isOfNetworks = /^[^*\n]*from "@graddiff\/nn"/m.test(code);
  const isShared = !path.startsWith(join(folder, "/")) || folder === core;
  return !isShared || isOfNetworks === (folder === nn);
}

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
const shared = folder === core ? [root] : folder === nn ? [core, root] : [];
for (const path of [folder, ...shared].flatMap(filesOf)) {
  for (const { line, code, output } of blocksOf(path)) {
    // The blocks that show how an op is added belong to src/ops; a test of its own uses them.
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
