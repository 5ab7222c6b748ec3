/**
 * The law of the reference: on a GPU every function, layer and optimizer has the results and gradients of WebAssembly,
 * or results near to them. If it is refused, this happens when its program is prepared.
 */

import { type Tensor, type TensorTree, treeLeaves } from "@graddiff/core";
import { expect, test } from "vitest";
import { readArray } from "../../../core/src/tensor/tensor.ts";
import { sampled, WHOLE } from "../../../core/test/support/sampling.ts";
import { openForTests } from "../../../core/test/webgpu/open.ts";
import { allOfReference, type Reference, refusalOf } from "../support/reference.ts";

const gpu = await openForTests();

/** The largest difference after several ops in a row, relative to the largest number of a result. */
const BOUND = 1e-5;

const PARTS = ["values", "gradients", "within"] as const;

/** Returns the error of a result in words; undefined if the result is near to the expected one. */
function faultOf(got: Tensor, want: Tensor): string | undefined {
  const typeOf = ({ dtype, shape }: Tensor) => `${dtype} [${shape}]`;
  if (typeOf(got) !== typeOf(want)) return `${typeOf(got)}, not ${typeOf(want)}`;
  const [a, b] = [got, want].map((each) => Array.from(readArray(each, "test"), Number));
  const scale = Math.max(0, ...(b ?? []).filter(Number.isFinite).map(Math.abs));
  // Integers, and results that the host computes, have the same bits.
  const bound = want.dtype === "float32" ? BOUND * scale : 0;
  for (const [i, right] of (b ?? []).entries()) {
    const own = a?.[i] as number;
    if (Object.is(own, right) || Math.abs(own - right) <= bound) continue;
    return `${own}, not ${right} at ${i}`;
  }
  return undefined;
}

async function faultsOf(each: Reference): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const part of PARTS) {
    const tried = each[part];
    if (tried === undefined || refusalOf(tried(gpu)) !== undefined) continue;
    const want = treeLeaves(tried("wasm").run() as TensorTree);
    try {
      const got = treeLeaves(await gpu.read(tried(gpu).run()));
      expect(got.length).toBe(want.length);
      got.forEach((own, i) => {
        const fault = faultOf(own, want[i] as Tensor);
        if (fault !== undefined) faults.push(`${part} of ${each.name}: ${fault}`);
      });
    } catch (error) {
      faults.push(`${part} of ${each.name}: ${error}`);
    }
  }
  return faults;
}

test("results and gradients are those of WebAssembly, within a bound", async () => {
  const tried = sampled(allOfReference(), 8);
  const faults: string[] = [];
  for (const each of tried) faults.push(...(await faultsOf(each)));
  expect(faults).toEqual([]);
  expect(tried.length).toBeGreaterThan(WHOLE ? 500 : 60);
}, 900_000);
