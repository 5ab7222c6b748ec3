/**
 * Ops against PyTorch: values and gradients, from the goldens that `windows.py`, `arrays.py` and `composed.py` wrote.
 * Compiled functions have the same bits, which `npm test` checks in a quarter of the cases.
 * `GOLDEN` names another file of that form, such as one of all samples.
 */

import { readFileSync } from "node:fs";
import { test } from "vitest";
import * as graddiff from "../../src/index.ts";
import { compile, grad, type Tensor, tensor } from "../../src/index.ts";
import { expectClose, type GoldenTensor, unpack } from "../support/goldens.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { isSampled } from "../support/sampling.ts";

interface Golden {
  readonly cases: {
    readonly op: string;
    readonly arguments: unknown[];
    readonly inputs: GoldenTensor[];
    readonly weights: GoldenTensor;
    readonly value: GoldenTensor;
    readonly gradients: GoldenTensor[];
  }[];
}

const { GOLDEN } = process.env;
const files = GOLDEN
  ? [GOLDEN]
  : ["./windows.json", "./arrays.json", "./composed.json"].map(
      (name) => new URL(name, import.meta.url),
    );
const cases = files.flatMap((file) => (JSON.parse(readFileSync(file, "utf8")) as Golden).cases);

/** A tensor in the arguments of a call: the index of an input, or a shape and elements. */
interface Marked {
  readonly input?: number;
  readonly shape?: number[];
  readonly bools?: number[];
  readonly integers?: number[];
  readonly numbers?: GoldenTensor["data"];
}

/** Returns the arguments of a call, with tensors in place of their descriptions. */
function withInputs(value: unknown, inputs: readonly Tensor[]): unknown {
  if (value === "Infinity" || value === "-Infinity") return Number(value);
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map((each) => withInputs(each, inputs));
  if (typeof value !== "object" || value === null) return value;
  const { input, shape = [], bools, integers, numbers } = value as Marked;
  if (input !== undefined) return inputs[input];
  if (bools !== undefined) return tensor(bools.map(Boolean), { shape });
  if (integers !== undefined) return tensor(integers, { shape, dtype: "int32" });
  if (numbers !== undefined) return unpack({ shape, data: numbers });
  return Object.fromEntries(
    Object.entries(value).map(([k, each]) => [k, withInputs(each, inputs)]),
  );
}

cases.forEach(({ op, ...each }, place) => {
  const shapes = each.inputs.map(({ shape }) => `[${shape}]`).join(" ");
  test(`${place}: ${op}(${each.arguments.map((a) => JSON.stringify(a))}) of ${shapes} is PyTorch's`, () => {
    const [name, part] = op.split(".");
    const called = graddiff[name as "add"] as (...inputs: unknown[]) => object;
    const operation = (...inputs: unknown[]) => {
      const result = called(...inputs);
      return (part === undefined ? result : result[part as keyof object]) as Tensor;
    };
    const inputs = each.inputs.map((input) => unpack(input));
    const fn = (...given: Tensor[]) =>
      operation(...(withInputs(each.arguments, given) as unknown[]));
    const weights = unpack(each.weights);
    if (fn(...inputs).dtype !== "float64") {
      expectClose(fn(...inputs), each.value, "value", { tolerance: 1e-10, leastScale: 1 });
      if (isSampled(4)) expectSameBits(compile(fn)(...inputs), fn(...inputs));
      return;
    }
    const gradients = grad(
      (...given: Tensor[]) =>
        fn(...given)
          .mul(weights)
          .sum(),
      {
        argnums: inputs.map((_, i) => i),
      },
    );
    const both = (...given: Tensor[]) => [fn(...given), ...gradients(...given)];
    const results = both(...inputs);
    results.forEach((result, i) => {
      const packed = i === 0 ? each.value : (each.gradients[i - 1] as GoldenTensor);
      const what = i === 0 ? "value" : `gradient ${i - 1}`;
      expectClose(result, packed, what, { tolerance: i === 0 ? 1e-10 : 1e-9, leastScale: 1 });
    });
    if (!isSampled(4)) return;
    compile(both)(...inputs).forEach((result, i) => {
      expectSameBits(result, results[i] as Tensor);
    });
  });
});
