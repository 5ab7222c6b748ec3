/**
 * The table of ops with another runtime, and programs of several ops. ONNX's own checker checks every case with strict
 * inference of shapes, and Debian's onnxruntime runs it with default options (`npm run table -w @graddiff/onnx`; needs
 * python3-onnxruntime and python3-onnx).
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Tensor } from "@graddiff/core";
import { writeNpz } from "@graddiff/files";
import { exportOnnx } from "../../src/index.ts";
import { listOf } from "../support/listOf.ts";
import { allCases, type Case } from "./cases.ts";
import { layers, trainingSteps } from "./layers.ts";
import { otherwise, shown } from "./otherwise.ts";
import { batches, chainsOfCasts, opened, products } from "./programs.ts";
import { stateOf } from "./states.ts";

const table = allCases();
const cases = [
  ...table,
  ...opened(table),
  ...chainsOfCasts(),
  ...products(),
  ...batches(),
  ...layers(),
  ...otherwise,
];
const steps = Object.entries(trainingSteps());
const folder = mkdtempSync(join(tmpdir(), "graddiff-table-"));
cases.forEach((each, i) => {
  const name = join(folder, String(i).padStart(4, "0"));
  writeFileSync(
    `${name}.onnx`,
    exportOnnx(each.fn, each.open?.example ?? each.inputs, each.open?.options).bytes,
  );
  writeFileSync(`${name}.npz`, writeNpz({ ...numbered("in", each.inputs), ...expectedOf(each) }));
});
// The models of steps are only checked, so they have no expected numbers.
steps.forEach(([, bytes], i) => {
  writeFileSync(join(folder, `step${String(i).padStart(4, "0")}.onnx`), bytes);
});
const script = resolve("test/table/table.py");
const { status, error, stderr } = spawnSync("/usr/bin/python3", [script, folder], {
  encoding: "utf8",
  maxBuffer: 2 ** 28,
});
// The output is only shown after an error, since loading the runtime prints hundreds of lines of 'Schema error'.
if (error || status !== 0) throw error ?? new Error(stderr);
/** The differences of a case, or the message of its failure. */
type Found = { readonly differences: readonly number[]; readonly first: string } | string;
const worst = JSON.parse(readFileSync(join(folder, "worst.json"), "utf8")) as Record<string, Found>;
rmSync(folder, { recursive: true, force: true });

/**
 * The cases in which Debian's build is wrong: √∞ is NaN, and the logarithm of a subnormal number is inaccurate
 * (debian.json).
 */
const WRONG_THERE = new Set(["rsqrt, float32, edges", "log2, float32, edges"]);

let failures = 0;
const debian: Record<string, string> = {};
cases.forEach((each, i) => {
  const found = worst[String(i).padStart(4, "0")] ?? "no result";
  if (typeof found !== "string" && each.op === "otherwise") {
    const [difference = 0] = found.differences;
    debian[each.title] = shown(each.dtype, numberOf(found.first), difference);
    return;
  }
  const fault = typeof found === "string" ? found : faultOf(each, found.differences);
  const name = `${each.op}, ${each.dtype}, ${each.title}`;
  if ((fault !== undefined) === WRONG_THERE.has(name)) return;
  failures++;
  console.log(`${name}: ${fault ?? "is right by now"}`);
});
steps.forEach(([name], i) => {
  const found = worst[`step${String(i).padStart(4, "0")}`] ?? "no result";
  if (typeof found !== "string") return;
  failures++;
  console.log(`${name}: ${found}`);
});
console.log(
  `${cases.length + steps.length - failures} of ${cases.length + steps.length} models pass the checker and agree, but for ${WRONG_THERE.size} where onnxruntime is wrong`,
);
const text = `${JSON.stringify(debian, undefined, 2)}\n`;
const file = resolve("test/table/debian.json");
if (process.argv.includes("-u")) writeFileSync(file, text);
else if (readFileSync(file, "utf8") !== text) {
  failures++;
  console.log("debian.json is not what it gives: -- -u writes it, and OPS.md needs it");
}
if (failures > 0) process.exitCode = 1;

/** Returns a number from the text that Python prints. */
function numberOf(printed: string): number {
  return printed.endsWith("inf") ? Number(printed.replace("inf", "Infinity")) : Number(printed);
}

function faultOf(each: Case, differences: readonly number[]): string | undefined {
  const types = Object.values(expectedOf(each)).map(({ dtype }) => dtype);
  const bad = differences.find(
    (difference, i) => stateOf(each.op, types[i] ?? "bool", difference) === undefined,
  );
  return bad === undefined ? undefined : `differs by ${bad}`;
}

function expectedOf({ fn, inputs }: Case): Record<string, Tensor> {
  return numbered("out", listOf(fn(...inputs)));
}

function numbered(prefix: string, tensors: readonly Tensor[]): Record<string, Tensor> {
  return Object.fromEntries(tensors.map((each, i) => [`${prefix}${i}`, each]));
}
