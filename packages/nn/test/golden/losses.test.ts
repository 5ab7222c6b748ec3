/**
 * Losses against PyTorch: values and gradients in both float dtypes, from the goldens that `losses.py` wrote. Compiled
 * losses have the same bits, which `npm test` checks in a quarter of the cases.
 */

import { readFileSync } from "node:fs";
import { compile, type DType, grad, type Tensor, tensor } from "@graddiff/core";
import { expect, test } from "vitest";
import { expectClose, type GoldenTensor, unpack } from "../../../core/test/support/goldens.ts";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { isSampled } from "../../../core/test/support/sampling.ts";
import * as nn from "../../src/index.ts";

interface Case {
  readonly op: string;
  readonly arguments: unknown[];
  readonly inputs: GoldenTensor[];
  readonly weights: GoldenTensor;
  readonly value: GoldenTensor;
  readonly gradients: GoldenTensor[];
}

const file = new URL("./losses.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { readonly cases: Case[] };

/** A tensor in the arguments of a call: the index of an input, or a shape and elements. */
interface Marked {
  readonly input?: number;
  readonly shape?: number[];
  readonly bools?: number[];
  readonly integers?: number[];
  readonly numbers?: number[];
}

/** Returns an argument, with tensors in place of their descriptions. */
function withInputs(value: unknown, inputs: readonly Tensor[], dtype: DType): unknown {
  if (value === "Infinity") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  const { input, shape = [], bools, integers, numbers } = value as Marked;
  if (input !== undefined) return inputs[input];
  if (bools !== undefined) return tensor(bools.map(Boolean), { shape });
  if (integers !== undefined) return tensor(integers, { shape, dtype: "int32" });
  if (numbers !== undefined) return tensor(numbers, { shape, dtype });
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, withInputs(each, inputs, dtype)]),
  );
}

/** The least size by which errors are divided, since results that are nearly 0 have no meaningful size. */
const leastScale = 1 / 16;

const TOLERANCES = { float64: 1e-10, float32: 2e-6 } as const;

/** Returns a title with all options, but without elements. */
const titleOf = ({ op, arguments: given, inputs }: Case) => {
  const shapes = inputs.map(({ shape }) => `[${shape}]`).join(" ");
  const settings = JSON.stringify(given.slice(inputs.length), (name, value: unknown) =>
    /^(bools|integers|numbers)$/.test(name) ? undefined : value,
  );
  return `${op} of ${shapes} with ${settings}`;
};

for (const dtype of ["float64", "float32"] as const) {
  cases.forEach((each, place) => {
    test(`${place}: ${titleOf(each)} is PyTorch's in ${dtype}`, () => {
      const loss = nn[each.op as "meanSquaredError"] as (...inputs: unknown[]) => Tensor;
      const inputs = each.inputs.map((input) => unpack(input, dtype));
      const fn = (...given: Tensor[]) =>
        loss(...each.arguments.map((argument) => withInputs(argument, given, dtype)));
      const weights = unpack(each.weights, dtype);
      const total = (...given: Tensor[]) =>
        fn(...given)
          .mul(weights)
          .sum();
      const gradients = grad(total, { argnums: inputs.map((_, i) => i) });
      const both = (...given: Tensor[]) => [fn(...given), ...gradients(...given)];
      const results = both(...inputs);
      results.forEach((result, i) => {
        expect(result.dtype).toBe(dtype);
        const packed = i === 0 ? each.value : (each.gradients[i - 1] as GoldenTensor);
        const what = i === 0 ? "value" : `gradient ${i - 1}`;
        expectClose(result, packed, what, { tolerance: TOLERANCES[dtype], leastScale });
      });
      if (!isSampled(4)) return;
      compile(both)(...inputs).forEach((result, i) => {
        expectSameBits(result, results[i] as Tensor);
      });
    });
  });
}
