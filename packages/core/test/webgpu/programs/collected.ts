/**
 * Opens a GPU as the documentation of `openWebGpu` says, keeps no reference to npm's `webgpu`, and uses the GPU while
 * garbage is collected. `collected.test.ts` runs it in a process with `--expose-gc`.
 */

import { createRequire } from "node:module";
import { argv } from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { compile, type Tensor, tensor } from "../../../src/index.ts";
import { openWebGpu, type WebGpu } from "../../../src/webgpu.ts";

const { gc } = globalThis as unknown as { readonly gc: () => void };

/** Collects garbage several times, until all unreferenced objects are gone, also those that others referred to. */
async function collect(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    gc();
    await wait(5);
  }
}

/** Opens a GPU whose host has no other reference. */
async function opened(): Promise<WebGpu> {
  const [, , driver = ""] = argv;
  const { create } = createRequire(driver)("webgpu");
  return await openWebGpu({ gpu: create([]), fallback: true });
}

let gpu: WebGpu | undefined = await opened();
const double = compile((x: Tensor) => x.mul(2).sum(), { backend: gpu });
for (let i = 0; i < 3; i++) {
  await collect();
  console.log((await double(tensor([i, 1])).read()).item());
}
// The program still refers to its GPU.
gpu = undefined;
await collect();
console.log((await double(tensor([3, 1])).read()).item());
process.exit(0);
