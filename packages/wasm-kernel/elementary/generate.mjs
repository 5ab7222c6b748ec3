/**
 * Writes the elementary functions from their descriptions, for JavaScript and for WebAssembly, with the data of their
 * tests; and the JavaScript sources of the algorithms in assembly/algorithms.
 *
 *     node elementary/generate.mjs            writes the files
 *     node elementary/generate.mjs --core     writes the sources of core alone, as core's build and tests do node
 *     elementary/generate.mjs --check    fails if a committed file differs from the generated text
 *
 * graddiff promises the bits of these functions, so a change of them should be visible in a commit. The kernel's files,
 * the tests' files and digests of core's sources are committed; git ignores core's sources themselves.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { ASIN } from "./asin.mjs";
import { ATAN } from "./atan2.mjs";
import { emitAssemblyScript, emitKernels } from "./emitAssemblyScript.mjs";
import { emitForTests } from "./emitForTests.mjs";
import { emitNames, emitTypeScript } from "./emitTypeScript.mjs";
import { emitWgsl } from "./emitWgsl.mjs";
import { P_ERFC, R } from "./erf.mjs";
import { withoutLanes } from "./inlineLanes.mjs";

/** Every file of this folder that describes functions, by its name. */
const files = readdirSync(new URL(".", import.meta.url)).filter(
  (file) => file.endsWith(".mjs") && file !== "generate.mjs",
);
const modules = await Promise.all(files.sort().map((file) => import(`./${file}`)));
/** Coefficients for exported ONNX models, since ONNX runtimes lack these functions in float64. */
const coefficients = `/**
 * Coefficients of elementary functions in float64, written by packages/wasm-kernel/elementary/generate.mjs, which
 * tells where they come from.
 */

/** erf(x)/x \u2212 1 in x\u00b2, for |x| up to 15/16. */
export const ERF_NEAR: readonly number[] = ${list(R.f64)};

/** (x + 3/2) e^(x\u00b2) erfc(x) in d \u2212 1/4 with d = 1/(x + 3/2), for x from 0.65 to 28. */
export const ERFC_TAIL: readonly number[] = ${list(P_ERFC.f64.polynomial)};

/** (arcsin(x)/x \u2212 1)/x\u00b2 in x\u00b2, for |x| up to 1/2. */
export const ASIN: readonly number[] = ${list(ASIN.f64)};

/** (arctan(x)/x \u2212 1)/x\u00b2 in x\u00b2, for |x| up to tan \u03c0/8. */
export const ATAN: readonly number[] = ${list(ATAN.f64)};
`;

/** Returns the text of an array, in lines of at most 100 characters. @param {readonly number[]} numbers */
function list(numbers) {
  const lines = [""];
  for (const number of numbers) {
    const last = lines.length - 1;
    const longer = `${lines[last] === "" ? "  " : `${lines[last]} `}${number},`;
    if (longer.length <= 100) lines[last] = longer;
    else lines.push(`  ${number},`);
  }
  return `[\n${lines.join("\n")}\n]`;
}

/** @type {import("./steps.mjs").Description[]} */
const descriptions = modules.flatMap((module) => module.descriptions ?? []);

/** The folder of the sources that are written for core, which git ignores. */
const GENERATED = "../../core/src/generated";

/** The files that each language has separately: reading elements, arithmetic, and operations on rows and vectors. */
const own = [
  "elements.ts",
  "arithmetic.ts",
  "linalg/rows.ts",
  "fft/lanes.ts",
  "statistics/scalars.ts",
];

/**
 * Returns the path that an algorithm imports in JavaScript: a generated file, or a file of `core/src/algorithms/`.
 *
 * @param {string} file
 * @param {string} from
 */
function pathFrom(file, from) {
  const path = `${posix.join(posix.dirname(file), from)}.ts`;
  const up = posix.dirname(file) === "." ? "../../" : "../../../";
  return own.includes(path) ? `${up}algorithms/${path}` : `${from}.ts`;
}

/**
 * The algorithms in JavaScript: their source uses only syntax that both compilers accept, so the texts differ only in
 * imports, in type bounds, and in exports.
 */
const algorithms = readdirSync(new URL("../assembly/algorithms/", import.meta.url), {
  recursive: true,
})
  .filter((file) => typeof file === "string" && file.endsWith(".ts") && !own.includes(file))
  .sort()
  .map((file) => {
    const source = readFileSync(new URL(`../assembly/algorithms/${file}`, import.meta.url), "utf8");
    const text = (
      file.startsWith("fft/") ? withoutLanes(source.replaceAll("@inline\n", "")) : source
    )
      .replaceAll(/^import \{([^}]*)\} from "(.*)";$/gm, (_line, names, from) => {
        const types = names.replaceAll(/\b(Elements|Int|Real)\b/g, "type $1");
        return `import {${types}} from "${pathFrom(file, from)}";`;
      })
      .replaceAll(/^\/\/ exported for .*\n(?:export )?/gm, "export ")
      .replaceAll(/^((?:export )?function \w+)<T>/gm, "$1<T extends number>");
    return {
      path: `${GENERATED}/algorithms/${file}`,
      text: `// Written from packages/wasm-kernel/assembly/algorithms/${file}; do not edit.\n//\n${text}`,
    };
  });

/** Returns the paths and texts of the elementary functions of the base or of a group. @param {string} [group] */
function kernelsOf(group) {
  const own = descriptions.filter((description) => description.group === group);
  const [folder, up] = group === undefined ? ["", "./"] : [`groups/${group}/`, "../../"];
  return [
    { path: `../assembly/${folder}elementary.ts`, text: emitAssemblyScript(own, up) },
    { path: `../assembly/${folder}unary.ts`, text: emitKernels(own, up) },
  ];
}

const ofCore = [
  ...algorithms,
  { path: `${GENERATED}/elementary/elementary.ts`, text: emitTypeScript(descriptions) },
  { path: `${GENERATED}/elementary/names.ts`, text: emitNames(descriptions) },
  { path: `${GENERATED}/elementary/wgsl.ts`, text: emitWgsl(descriptions) },
];

/** The digests of core's sources, by their names. */
const digests = ofCore.map(({ path, text }) => [
  path.slice(GENERATED.length + 1),
  createHash("sha256").update(text).digest("hex"),
]);

const committed = [
  {
    path: "../../core/test/golden/generated.json",
    text: `${JSON.stringify(Object.fromEntries(digests), null, 2)}\n`,
  },
  { path: "../../core/test/golden/elementaryFunctions.json", text: emitForTests(descriptions) },
  { path: "../../onnx/src/ops/coefficients.ts", text: coefficients },
  ...[...new Set(descriptions.map(({ group }) => group))].flatMap(kernelsOf),
];

/** @param {string} path */
const fileOf = (path) => fileURLToPath(new URL(path, import.meta.url));

if (process.argv.includes("--check")) {
  for (const { path, text } of committed) {
    if (readFileSync(fileOf(path), "utf8") === text) continue;
    console.error(`${fileOf(path)} is not what its description gives; run elementary/generate.mjs`);
    process.exitCode = 1;
  }
} else {
  // Files that another commit has generated, and this one does not, are removed.
  const folder = fileOf(GENERATED);
  const names = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" })
    : [];
  for (const name of names.filter((each) => each.endsWith(".ts"))) {
    const path = `${GENERATED}/${name.replaceAll("\\", "/")}`;
    if (!ofCore.some((each) => each.path === path)) rmSync(fileOf(path));
  }
  const others = process.argv.includes("--core") ? [] : committed;
  for (const { path, text } of [...ofCore, ...others]) {
    const file = fileOf(path);
    // An unchanged file is not written, since a task that runs in parallel may be reading it.
    if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
