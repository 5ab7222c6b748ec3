/**
 * Fourier transforms, and functions that use them, against SciPy, and their gradients against PyTorch: eager and
 * compiled, from the goldens that `fft.py` wrote.
 */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { rootOfUnity } from "../../src/fft/tables.ts";
import * as entry from "../../src/fft.ts";
import { compile, type DType, grad, type Tensor, tensor } from "../../src/index.ts";
import { isTensor } from "../../src/tensor/tensor.ts";
import { expectSameBits } from "../support/opChecks.ts";

interface Packed {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

type Value = number | Packed | { readonly real: Packed; readonly imaginary: Packed };

interface Case {
  readonly call: string;
  readonly inputs: readonly Value[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly results: Value;
  readonly gradients?: Value;
}

const file = new URL("./fft.json", import.meta.url);
const { cases, roots } = JSON.parse(readFileSync(file, "utf8")) as {
  readonly cases: readonly Case[];
  /** Angles as fractions i/n of a turn, with their cosines and sines. */
  readonly roots: readonly (readonly [i: number, n: number, cos: number, sin: number])[];
};

type Pair = { readonly real: Tensor; readonly imaginary: Tensor };
type Given = number | Tensor | Pair;

function unpack(value: Value, dtype: DType): Given {
  if (typeof value === "number") return value;
  if ("shape" in value) return tensor([...value.data], { shape: value.shape, dtype });
  return {
    real: unpack(value.real, dtype) as Tensor,
    imaginary: unpack(value.imaginary, dtype) as Tensor,
  };
}

const partsOf = (value: Given): (Tensor | number)[] =>
  typeof value === "number" || isTensor(value) ? [value] : [value.real, value.imaginary];

/** Expects numbers whose error is at most `error` times the greatest expected number. */
function expectNear(got: Given, expected: Given, error: number): void {
  const [parts, all] = [partsOf(got), partsOf(expected)];
  expect(parts.length).toBe(all.length);
  const size = (x: Tensor | number) =>
    typeof x === "number" ? Math.abs(x) : Math.max(0, ...x.data().map((y: number) => Math.abs(y)));
  // The unit is not too small, since SciPy may have a rounding error where the result is exactly 0.
  const unit = Math.max(...all.map(size), 1e-2);
  parts.forEach((part, i) => {
    const wanted = all[i] as Tensor | number;
    if (typeof part === "number" || typeof wanted === "number") {
      expect(part).toBe(wanted);
      return;
    }
    expect(part.shape).toEqual(wanted.shape);
    const [x, y] = [part.data(), wanted.data()];
    for (let k = 0; k < x.length; k++) {
      expect(Math.abs(Number(x[k]) - Number(y[k])) / unit).toBeLessThan(error);
    }
  });
}

const functions = entry as unknown as Readonly<Record<string, (...given: unknown[]) => Given>>;
const names = [...new Set(cases.map(({ call }) => call))];

describe.each(names)("%s", (name) => {
  const own = cases.filter(({ call }) => call === name);
  const fn = functions[name] as (...given: unknown[]) => Given;

  test.each(["float64", "float32"] as const)("has SciPy's values in %s, compiled, too", (dtype) => {
    const error = dtype === "float64" ? 1e-14 : 4e-6;
    for (const { inputs, options, results } of own) {
      const given = inputs.map((x) => unpack(x, dtype));
      const isMade = typeof given[0] === "number";
      const how = isMade && name !== "fastLength" ? { ...options, dtype } : options;
      const call = (...list: Given[]) =>
        Object.keys(how).length > 0 ? fn(...list, how) : fn(...list);
      const got = call(...given);
      for (const part of partsOf(got)) if (isTensor(part)) expect(part.dtype).toBe(dtype);
      // The allowed error includes the roundings of 1/n and of other factors.
      expectNear(got, unpack(results, dtype), error);
      if (isMade) continue;
      const compiled = compile(call as (...list: Tensor[]) => Tensor)(...(given as Tensor[]));
      const parts = partsOf(got);
      partsOf(compiled as Given).forEach((part, i) => {
        expectSameBits(part as Tensor, parts[i] as Tensor);
      });
    }
  });

  const differentiated = own.filter(({ gradients }) => gradients !== undefined);
  test.skipIf(differentiated.length === 0)("has PyTorch's gradients", () => {
    for (const { inputs, options, gradients } of differentiated) {
      const total = (x: Given) => {
        let first = 1;
        let sum: Tensor | undefined;
        for (const part of partsOf(fn(x, options)) as Tensor[]) {
          const weights = Array.from({ length: part.size }, (_, i) => Math.cos(first + i));
          first += part.size;
          const own = part.mul(tensor(weights, { shape: part.shape, dtype: "float64" })).sum();
          sum = sum ? sum.add(own) : own;
        }
        return sum as Tensor;
      };
      const given = unpack(inputs[0] as Value, "float64");
      const got = grad(total as (x: Tensor) => Tensor)(given as Tensor) as unknown as Given;
      expectNear(got, unpack(gradients as Value, "float64"), 1e-14);
    }
  });
});

test("the goldens have every function of the entry", () => {
  expect(names.sort()).toEqual(Object.keys(functions).sort());
});

test("roots of unity are mpmath's, to a unit in the last place", () => {
  for (const [i, n, cos, sin] of roots) {
    const [c, s] = rootOfUnity(i, n);
    for (const [got, exact] of [
      [c, cos],
      [s, sin],
    ] as const) {
      // A sine or cosine whose exact value is 0 has to be exactly 0.
      const unit = Math.abs(exact) < 1e-30 ? 0 : 2 ** (Math.floor(Math.log2(Math.abs(exact))) - 52);
      const want = unit === 0 ? 0 : exact;
      expect(Math.abs(got - want), `${i}/${n}`).toBeLessThanOrEqual(unit);
    }
  }
});
