// One library on one model, in a separate process: prints the counts of its WebGPU calls, its losses and its time, as a
// line of JSON.

import { createRequire } from "node:module";
import { modelsOf } from "../../dist/src/webgpu/models.js";
import { recordHost } from "../../dist/src/webgpu/recorder.js";

/** The packages of the libraries are found beside this file, and the package of WebGPU in the folder of the tests. */
const driver = createRequire(
  new URL("../../../packages/core/test/webgpu/driver/package.json", import.meta.url),
);
/** The number of steps whose losses are compared, which are also the warm-up. */
const COMPARED = 3;
/** The milliseconds of a measurement, and the number of measurements. */
const TIME = 500;
const REPEATS = 5;

const libraries = {
  WebAssembly: async (model) =>
    (await import("../../dist/src/webgpu/graddiff.js")).trainerOf(model),
  graddiff: async (model, gpu, fallback) => {
    const { openWebGpu } = await import("@graddiff/core/webgpu");
    const { trainerOf } = await import("../../dist/src/webgpu/graddiff.js");
    return trainerOf(model, await openWebGpu({ gpu, fallback }));
  },
  "jax-js": async (model) => (await import("./jax.mjs")).trainerOf(model),
  tfjs: async (model) => (await import("./tfjs.mjs")).trainerOf(model),
};

/**
 * Makes steps, and returns the losses of the first ones, and the counts of a step: the counts of two steps and a read,
 * minus those of one step and a read.
 */
async function counted({ step }, recorder) {
  const losses = [];
  for (let i = 0; i < COMPARED - 1; i++) losses.push(await step(i)());
  const before = await recorder().counts();
  losses.push(await step(COMPARED - 1)());
  const one = await recorder().counts();
  step(COMPARED);
  await step(COMPARED + 1)();
  const three = await recorder().counts();
  const names = Object.keys(before);
  const counts = names.map((name) => [name, three[name] - 2 * one[name] + before[name]]);
  return { losses, counts: Object.fromEntries(counts) };
}

/** Returns the median milliseconds of a step, when several steps are submitted together. */
async function timeOf({ step }) {
  let number = COMPARED;
  const timed = async (steps) => {
    const start = performance.now();
    for (let i = 1; i < steps; i++) step(number++);
    await step(number++)();
    return (performance.now() - start) / steps;
  };
  const steps = Math.max(1, Math.min(100, Math.round(TIME / (await timed(2)))));
  const times = [];
  for (let i = 0; i < REPEATS; i++) times.push(await timed(steps));
  return times.sort((a, b) => a - b)[REPEATS >> 1];
}

/** Returns the name of a processor, and whether it is software. */
function describe(adapter) {
  if (adapter === null) throw new Error("no driver is there");
  const { vendor, description, isFallbackAdapter = false } = adapter.info;
  const device = [vendor, description].filter(Boolean).join(", ");
  return { device, software: isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(device) };
}

async function outcomeOf({ library, model: name, quick, fallback, count }) {
  const { create, globals } = driver("webgpu");
  Object.assign(globalThis, globals);
  const gpu = create([]);
  if (library === undefined) return describe(await gpu.requestAdapter());
  Object.defineProperty(globalThis, "navigator", {
    value: { gpu, userAgent: `Node ${process.version}` },
    configurable: true,
  });
  const recorder = count ? recordHost(gpu) : undefined;
  const model = modelsOf(quick).find((each) => each.name === name);
  const trainer = await libraries[library](model, gpu, fallback);
  if (recorder) return counted(trainer, recorder);
  const losses = [];
  for (let i = 0; i < COMPARED; i++) losses.push(await trainer.step(i)());
  return { losses, ...(!fallback && { time: await timeOf(trainer) }) };
}

let outcome;
try {
  outcome = await outcomeOf(JSON.parse(process.argv[2]));
} catch (error) {
  outcome = { reason: String(error?.message ?? error).split("\n")[0] };
}
console.log(JSON.stringify(outcome));
// The process is ended explicitly, since open devices keep it alive.
process.exit();
