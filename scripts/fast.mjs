/**
 * Tests an edit in seconds: the linter for the files that differ from a commit, the types of their packages, and the tests that
 * the edit concerns. `npm test` has all.
 *
 *   node scripts/fast.mjs [--since COMMIT] [--list]    the commit: HEAD; --list names the tests and runs nothing
 *
 * A test concerns a file if it imports a name that the file defines, by itself or through the tables and functions of its
 * folder; files that only hand names on are looked through. Where a single file of the sources imports the edited one, as a table does its rows,
 * or no test does, the tests of the importers count, too, and so on. The table of ops has tests that no import leads to.
 */

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { sourcePaths } from "./sources.mjs";
import { turnOfCommit } from "./turn.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const { values: options } = parseArgs({
  options: {
    since: { type: "string", default: "HEAD" },
    list: { type: "boolean", default: false },
  },
});

/** The tests that try all ops of the table, for the folders whose files register or compute ops. */
const LAWS = ["test/generated/", "test/run/rows.test.ts"];
const OF_OPS = /^packages\/core\/src\/(ops|families|algorithms|elementary|generated)\//;

/** The tests of other configs of Vitest, and those of bundles, whose sizes `npm test` looks at. */
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

/** `import … from "…"`, `export … from "…"` and `import "…"`: the names and the file. */
const FROM = /^(import|export)\s+(?:(type\s+)?([^;"']*?)\s+from\s+)?"([^"]+)"/gm;
const DEFINED =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm;

const isSupport = (file) => /\/test\//.test(file) && !isTest(file);
/** True for what tests of all kinds import: programs of all ops, comparisons and the like, which concern no file in particular. */
const isShared = (file) => file.startsWith("packages/core/test/support/");
const isTest = (file) => file.endsWith(".test.ts");

/** Returns the path in the repository of an imported file; undefined for other packages. */
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
              // The names as the other file has them, by those that this file gives them.
              names: isAll ? undefined : new Map(names.map(([, name, own = name]) => [own, name])),
            },
          ];
    });
    const defined = new Set([...text.matchAll(DEFINED)].map(([, name]) => name));
    return [file, { imports, defined }];
  }),
);

/** Returns the files that define a name which a file exports, or all that it exports (undefined). */
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
    // A set goes on with what is added to it on the way.
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

/** The folder of the package that a file belongs to; undefined for what belongs to none. */
const packageOf = (file) =>
  /^(?:(?:packages|apps|examples)\/[^/]+|benchmarks)(?=\/)/.exec(file)?.[0];

/** The packages whose tests run against the sources, as Vitest has them by their own config. */
const FROM_SOURCES = /^(?:packages\/.*|apps\/demo|benchmarks)$/;

const code = changed.filter((file) => modules.has(file));
const edited = [...new Set(changed.map(packageOf).filter((folder) => folder !== undefined))];
/** The tests to run, by the folder of the package that is edited: those of others are left to `npm test`. */
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
      // Kernels are imported by nothing, so all tests of their package concern them.
      return [folder, all.length === 0 && own.some((file) => !isTest(file)) ? ["test/"] : all];
    }),
);
for (const [folder, names] of tests) console.log(`${folder}: ${names.join(" ") || "no tests"}`);
const left = changed.filter((file) => !code.includes(file) && !/\.(css|snap)$/.test(file));
if (left.length > 0) console.log(`Left to npm test: ${left.join(" ")}`);
if (options.list) process.exit(0);

const env = { ...process.env, GRADDIFF_TURN: process.env["GRADDIFF_TURN"] ?? turnOfCommit() };

/** Runs a program, prints its output in one piece, and returns whether it succeeded. */
function run(folder, ...words) {
  const begin = performance.now();
  return new Promise((done) => {
    const child = spawn(words[0], words.slice(1), {
      cwd: join(root, folder),
      env,
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
/** True if the files exist that programs write and types and tests read; turbo has them nearly always cached. */
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

/** Runs a task for each item, one after the other since each takes both processors, and returns whether all succeeded. */
async function runEach(items, task) {
  let isRight = true;
  for (const item of items) isRight = (await task(item)) && isRight;
  return isRight;
}

const lint = ["npx", "biome", "check", "--error-on-warnings", "--no-errors-on-unmatched"];
const vitest = ["npx", "vitest", "run", "--maxWorkers=2", "--passWithNoTests"];
// Tests with modules of their own take long to start, so they run where they are edited.
if (!code.some(isTest)) vitest.push("--project=!isolated");
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
