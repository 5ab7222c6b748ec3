// Training steps on a GPU, by graddiff, jax-js and TensorFlow.js: each library on each model in a separate process.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { installDriver, softwareDriver } from "../../../packages/core/scripts/webgpuDriver.mjs";
import { select, UsageError } from "../../dist/src/arguments.js";
import { describeMachine, findVersions, formatEnvironment } from "../../dist/src/machine.js";
import { alignColumns } from "../../dist/src/table.js";
import { modelsOf } from "../../dist/src/webgpu/models.js";
import { cellsOf, goalsOf, notesOf } from "../../dist/src/webgpu/report.js";
import { madeOf } from "../../dist/src/webgpu/shapes.js";
import { install, outcomeOf } from "../hosts.mjs";

/** The most that a loss may differ from the loss on WebAssembly, relative to it. */
const TOLERANCE = 1e-3;
/** The milliseconds after which a library is stopped. */
const LIMIT = 1_800_000;
const RIVALS = ["graddiff", "jax-js", "tfjs"];

const file = (place) => fileURLToPath(new URL(place, import.meta.url));
const outcome = (job) =>
  outcomeOf(process.execPath, [file("worker.mjs"), JSON.stringify(job)], LIMIT);

export async function run({ quick, fallback, filter, json }, command) {
  const selected = select(modelsOf(quick), ({ name }) => name, filter);
  install();
  installDriver();
  if (fallback) Object.assign(process.env, softwareDriver());
  const { device, software, reason } = outcome({});
  if (reason !== undefined) throw new UsageError(`--webgpu: expected a GPU, got none: ${reason}`);
  if (software && !fallback) {
    const hint = "--fallback counts on it, without times";
    throw new UsageError(`--webgpu: expected a GPU, got software, ${device}. ${hint}.`);
  }
  const machine = describeMachine();
  const packages = ["@graddiff/core", "@jax-js/jax", "@tensorflow/tfjs-backend-webgpu"];
  const versions = findVersions(packages, import.meta.url);
  console.log(`${formatEnvironment(machine, versions)}\n${device}`);
  if (fallback) console.log("Counts alone: the times of software say nothing of a GPU.");
  if (quick)
    console.log("Small batches, pictures and sequences, and two of the six blocks of the GPT.");

  const results = selected.map((model) => resultOf(model, quick, fallback));
  console.log(`\n${alignColumns(cellsOf(results), 2)}\n`);
  for (const line of [...notesOf(results), "", ...goalsOf(results)]) console.log(line);
  const date = new Date().toISOString();
  const made = { date, command, quick, fallback, device, machine, versions, results };
  const target = path.resolve(json ?? file("../../results/webgpu.json"));
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, `${JSON.stringify(made, undefined, 2)}\n`);
  console.log(`\n${command}\nwritten to ${path.relative(process.cwd(), target)}`);
}

function resultOf(model, quick, fallback) {
  const { name, sizes } = model;
  const job = (library, count) => {
    process.stderr.write(`${name}: ${library}${count ? ", counts" : ""} …\n`);
    return outcome({ library, model: name, quick, fallback, count });
  };
  const expected = job("WebAssembly", false);
  if (expected.reason !== undefined) throw new Error(expected.reason);
  const rows = RIVALS.map((library) => {
    const counted = checked(job(library, true), expected);
    const timed = fallback ? {} : checked(job(library, false), expected);
    return { library, ...timed, ...counted };
  });
  const { weights, flops } = madeOf(model);
  const elements = weights.reduce(
    (sum, { shape }) => sum + shape.reduce((all, length) => all * length, 1),
    0,
  );
  return { model: name, sizes, weights: elements, flops, wasm: expected.time, rows };
}

/** Returns an outcome, or the reason if its losses differ from WebAssembly's. */
function checked({ losses, ...rest }, expected) {
  if (losses === undefined) return rest;
  const worst = Math.max(
    ...expected.losses.map((loss, i) => Math.abs(losses[i] - loss) / Math.abs(loss)),
  );
  if (worst <= TOLERANCE) return { ...rest, difference: worst };
  return { reason: `its losses differ, by ${worst.toPrecision(2)} of them` };
}
