/**
 * Tests an edit in seconds: runs the linter on the files that differ from a commit, checks the types of their packages,
 * and runs the tests that the edit concerns. `npm test` runs all tests.
 *
 *   node scripts/fast.mjs [--since COMMIT] [--list]    the commit: HEAD; --list names the tests and runs nothing
 *
 * A test concerns a file if the test, or a support file that it imports, imports a name that the file defines. A
 * re-exported name belongs to the file that defines it. If only one source file imports the edited file (as a table
 * imports its rows), or if no test does, the tests of the importing files are added, and so on. Edits of ops also run
 * the laws, which are generated from the table of ops and do not import the edited files.
 */

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { sourcePaths } from "./sources.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const { values: options } = parseArgs({
  options: {
    since: { type: "string", default: "HEAD" },
    list: { type: "boolean", default: false },
  },
});

/** The tests that try all ops of the table. They run if a file of the folders in `OF_OPS` is edited. */
const LAWS = ["test/generated/", "test/run/rows.test.ts"];
const OF_OPS = /^packages\/core\/src\/(ops|families|algorithms|elementary|generated)\//;

/** The tests that this script leaves out: those with another config of Vitest, and those that build bundles. */
const ELSEWHERE =
  /\/bundle\.test|\/test\/(.*\/)?(slow|webgpu|pages|workers|browser)\/|\/compile\/programs\.test/;

/** Runs git in the root, and returns the lines of its output. */
function git(...args) {
  const { status, stdout, stderr } = spawnSync("git", args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  return stdout.split("\n").filter((line) => line !== "");
}

const untracked = ["ls-files", "--others", "--exclude-standard"];
const files = [...git("ls-files"), ...git(...untracked)]
  .filter((file) => /\.tsx?$/.test(file))
  .filter((file) => existsSync(join(root, file)));

/** An `import … from "…"`, `export … from "…"` or `import "…"`, with its names and its file. */
const FROM = /^(import|export)\s+(?:(type\s+)?([^;"']*?)\s+from\s+)?"([^"]+)"/gm;
const DEFINED =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm;

const isSupport = (file) => /\/test\//.test(file) && !isTest(file);
/**
 * True if a file supports tests of all kinds, such as comparisons: importing it does not make a test concern a source.
 */
const isShared = (file) => file.startsWith("packages/core/test/support/");
const isTest = (file) => file.endsWith(".test.ts");

/** Returns the path of an imported file from the root of the repository; undefined for an external package. */
function pathOf(from, file) {
  const path = from.startsWith(".") ? resolve(root, dirname(file), from) : sourcePaths[from];
  return path === undefined ? undefined : relative(root, path).replaceAll("\\", "/");
}

/** The imports of each file, and the names that it re-exports and defines. */
const modules = new Map(
  files.map((file) => {
    const text = readFileSync(join(root, file), "utf8");
    const imports = [...text.matchAll(FROM)].flatMap(([, kind, , clause = "", from]) => {
      const path = pathOf(from, file);
      const names = [...clause.matchAll(/(?:type )?(\w+)(?: as (\w+))?/g)];
      const isAll = clause === "" || clause.includes("*");
      return path === undefined
        ? []
        : [
            {
              path,
              isHandedOn: kind === "export",
              // The exported name of the other file, by the local name in this file.
              names: isAll ? undefined : new Map(names.map(([, name, own = name]) => [own, name])),
            },
          ];
    });
    const defined = new Set([...text.matchAll(DEFINED)].map(([, name]) => name));
    return [file, { imports, defined }];
  }),
);

/** Returns the files that define an exported name of a file; if `name` is undefined, those of all its exported names. */
function definers(file, name, seen = new Set()) {
  const module = modules.get(file);
  if (module === undefined || seen.has(file)) return [];
  if (name !== undefined && module.defined.has(name)) return [file];
  const further = new Set(seen).add(file);
  const handedOn = module.imports.filter(({ isHandedOn }) => isHandedOn);
  const found = handedOn.flatMap(({ path, names }) => {
    if (names === undefined) return definers(path, name, further);
    if (name === undefined)
      return [...names.values()].flatMap((each) => definers(path, each, further));
    return names.has(name) ? definers(path, names.get(name), further) : [];
  });
  if (name === undefined) return [file, ...found];
  return found.length > 0 || seen.size > 0 ? found : [file];
}

/** The files that import each file. */
const importers = new Map(files.map((file) => [file, new Set()]));
for (const [file, { imports }] of modules) {
  for (const { path, names, isHandedOn } of imports) {
    if (isHandedOn) continue;
    const paths =
      names === undefined
        ? definers(path)
        : [...names.values()].flatMap((name) => definers(path, name));
    for (const each of paths) importers.get(each)?.add(file);
  }
}

/** Returns the tests that concern a file. */
function testsOf(file) {
  if (isTest(file)) return [file];
  const tests = new Set();
  const reached = new Set([file]);
  let level = [file];
  while (level.length > 0) {
    const found = new Set();
    for (const each of level) for (const by of importers.get(each) ?? []) found.add(by);
    // The loop also visits files that it adds to the set.
    for (const each of found)
      if (isSupport(each) && !isShared(each))
        for (const by of importers.get(each) ?? []) found.add(by);
    for (const each of found) if (isTest(each) && !ELSEWHERE.test(each)) tests.add(each);
    const next = [...found].filter(
      (each) => !isTest(each) && !isSupport(each) && !reached.has(each),
    );
    for (const each of next) reached.add(each);
    level = tests.size === 0 || next.length === 1 ? next : [];
  }
  return [...tests];
}

const changed = [
  ...new Set([...git("diff", "--name-only", options.since), ...git(...untracked)]),
].filter((file) => existsSync(join(root, file)));
if (changed.length === 0) {
  console.log(`Nothing differs from ${options.since}.`);
  process.exit(0);
}

/** The folder of the package that a file belongs to; undefined for a file outside of packages. */
const packageOf = (file) =>
  /^(?:(?:packages|apps|examples)\/[^/]+|benchmarks)(?=\/)/.exec(file)?.[0];

/** The packages whose tests import sources. Those of other packages import built packages, and are run by turbo. */
const FROM_SOURCES = /^(?:packages\/.*|apps\/demo|benchmarks)$/;

const code = changed.filter((file) => modules.has(file));
const edited = [...new Set(changed.map(packageOf).filter((folder) => folder !== undefined))];
/** The tests to run, by the folder of the edited package. Tests of other packages are left to `npm test`. */
const tests = new Map(
  edited
    .filter((folder) => FROM_SOURCES.test(folder))
    .map((folder) => {
      const own = code.filter((file) => packageOf(file) === folder);
      const found = own
        .flatMap(testsOf)
        .filter((file) => packageOf(file) === folder && !ELSEWHERE.test(file));
      const names = [...new Set(found)].map((file) => file.slice(folder.length + 1));
      const laws = own.some((file) => OF_OPS.test(file)) ? LAWS : [];
      const all = [
        ...laws,
        ...names.filter((name) => !laws.some((law) => name.startsWith(law))),
      ].sort();
      // No TypeScript file imports a kernel of AssemblyScript, so an edit there runs all tests of its package.
      return [folder, all.length === 0 && own.some((file) => !isTest(file)) ? ["test/"] : all];
    }),
);
for (const [folder, names] of tests) console.log(`${folder}: ${names.join(" ") || "no tests"}`);
const left = changed.filter((file) => !code.includes(file) && !/\.(css|snap)$/.test(file));
if (left.length > 0) console.log(`Left to npm test: ${left.join(" ")}`);
if (options.list) process.exit(0);

/** Runs a program, prints its whole output when it has ended, and returns whether it succeeded. */
function run(folder, ...words) {
  const begin = performance.now();
  return new Promise((done) => {
    const child = spawn(words[0], words.slice(1), {
      cwd: join(root, folder),
      shell: process.platform === "win32",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    child.on("close", (status) => {
      const time = ((performance.now() - begin) / 1000).toFixed(1);
      console.log(`${output}::: ${time} s  ${words.join(" ").slice(0, 100)} (${folder})\n`);
      done(status === 0);
    });
  });
}

const turbo = [process.execPath, "scripts/turbo.mjs", "run"];
const filters = (folders) => folders.map((folder) => `--filter=./${folder}`);
const sources = [...tests.keys()];
const others = edited.filter((folder) => !FROM_SOURCES.test(folder));
/** True if the generated files, which types and tests need, could be written. Turbo takes most of them from its cache. */
const isReady =
  sources.length === 0 ||
  (await run(
    ".",
    ...turbo,
    "compile",
    "generate",
    "examples",
    "--output-logs=errors-only",
    ...filters([...sources, "packages/wasm-kernel", "packages/core"]),
  ));

/** Runs a task for each item in sequence, since each uses both processors, and returns whether all succeeded. */
async function runEach(items, task) {
  let isRight = true;
  for (const item of items) isRight = (await task(item)) && isRight;
  return isRight;
}

const lint = ["npx", "biome", "check", "--error-on-warnings", "--no-errors-on-unmatched"];
const vitest = ["npx", "vitest", "run", "--maxWorkers=2", "--passWithNoTests"];
// Other projects take long to start, so they run only if a test is edited.
if (!code.some(isTest)) vitest.push("--project=shared");
const results = isReady
  ? await Promise.all([
      run(".", ...lint, ...changed),
      run(".", process.execPath, "scripts/comments.mjs"),
      run(".", process.execPath, "scripts/size.mjs", "--check"),
      runEach(sources, (folder) => run(folder, "npm", "run", "--silent", "types")),
      runEach(
        [...tests].filter(([, names]) => names.length > 0),
        ([folder, names]) => run(folder, ...vitest, ...names),
      ),
      others.length === 0 || run(".", ...turbo, "types", "test", ...filters(others)),
    ])
  : [false];
process.exitCode = results.every((isRight) => isRight) ? 0 : 1;
