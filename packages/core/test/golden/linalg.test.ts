/**
 * Linear algebra against PyTorch: values, gradients and second derivatives, from the goldens that `linalg.py` wrote.
 * Compiled functions have the same bits, which `npm test` checks in a quarter of the cases. The loss of a case ignores results that are not unique, such as signs of singular vectors.
 */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compile, grad, matmul, swapAxes, type Tensor, tensor } from "../../src/index.ts";
import * as linalg from "../../src/linalg.ts";
import { expectClose, type GoldenTensor, unpack } from "../support/goldens.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { isSampled } from "../support/sampling.ts";

interface Case {
  readonly call: string;
  /** Present if the matrix is the product of the first two inputs. */
  readonly made?: "product";
  readonly inputs: GoldenTensor[];
  /** The exponent of matrixPower. */
  readonly power?: number;
  readonly options: Record<string, unknown>;
  readonly loss: string;
  /** False if the matrix is too ill-conditioned for float32. */
  readonly single?: false;
  readonly results: GoldenTensor[];
  readonly gradients?: GoldenTensor[];
  /** The gradients of the squared norm of the gradients. */
  readonly seconds?: GoldenTensor[];
}

type Parts = Readonly<Record<string, Tensor>>;

const file = new URL("./linalg.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { readonly cases: Case[] };

// The losses are the same functions as in linalg.py.

const UNIQUE_UP_TO_SIGNS = new Set(["q", "r", "u", "vt", "vectors"]);

const part = (parts: Parts, name: string) => parts[name] as Tensor;
const turned = (x: Tensor) => swapAxes(x, -1, -2);
const lengthOf = (x: Tensor, axis: number) => x.shape.at(axis) ?? 0;

/** Returns the product of the factors, with a function applied to the singular values or eigenvalues. */
function rebuilt(parts: Parts, f: (x: Tensor) => Tensor): Tensor {
  const isSymmetric = "vectors" in parts;
  const columns = part(parts, isSymmetric ? "vectors" : "u");
  const values = f(part(parts, isSymmetric ? "values" : "s"));
  const row = values.reshape([...values.shape.slice(0, -1), 1, lengthOf(values, -1)]);
  return matmul(columns.mul(row), isSymmetric ? turned(columns) : part(parts, "vt"));
}

/** Returns the elements from `from` to `to` along an axis. */
function cut(x: Tensor, axis: -1 | -2, from: number, to: number): Tensor {
  const place = x.rank + axis;
  return x.slice(
    x.shape.map((_, i) => (i === place ? from : 0)),
    x.shape.map((length, i) => (i === place ? to : length)),
  );
}

/** Returns the number of columns that the reduced factors have. */
function reducedLength(parts: Parts): number {
  if (!("q" in parts)) return lengthOf(part(parts, "s"), -1);
  return Math.min(lengthOf(part(parts, "q"), -1), lengthOf(part(parts, "r"), -1));
}

const LOSSES: Readonly<Record<string, (parts: Parts) => Tensor[]>> = {
  results: (parts) => Object.values(parts),
  squares: (parts) =>
    Object.entries(parts).map(([name, x]) => (UNIQUE_UP_TO_SIGNS.has(name) ? x.square() : x)),
  sines: (parts) => [rebuilt(parts, (x) => x.sin())],
  products(parts) {
    if ("q" in parts) {
      const q = part(parts, "q");
      return [matmul(q, part(parts, "r")), matmul(turned(q), q)];
    }
    const whole = rebuilt(parts, (x) => x);
    if ("vectors" in parts) {
      const vectors = part(parts, "vectors");
      return [whole, matmul(turned(vectors), vectors)];
    }
    const [u, vt] = [part(parts, "u"), part(parts, "vt")];
    return [whole, part(parts, "s"), matmul(turned(u), u), matmul(vt, turned(vt))];
  },
  /** Returns the reduced parts of complete factors. */
  leading(parts) {
    const k = reducedLength(parts);
    if ("q" in parts) {
      return [cut(part(parts, "q"), -1, 0, k).square(), part(parts, "r").square()];
    }
    const u = cut(part(parts, "u"), -1, 0, k);
    const vt = cut(part(parts, "vt"), -2, 0, k);
    return [u.square(), part(parts, "s"), vt.square()];
  },
  /** Returns the projection on the complement of the reduced factors' columns. */
  rest(parts) {
    const columns = part(parts, "q" in parts ? "q" : "u");
    const over = cut(columns, -1, reducedLength(parts), lengthOf(columns, -1));
    return [matmul(over, turned(over))];
  },
  /** Returns sums over the values. Sums do not depend on the order of equal values, so they have gradients. */
  powers(parts) {
    const x = part(parts, "values" in parts ? "values" : "s");
    return [x.sum(-1), x.square().sum(-1), x.square().mul(x).sum(-1)];
  },
};

/** The names of results, in the order of linalg.py. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  lu: ["l", "u", "permutation"],
  slogdet: ["sign", "logAbsDet"],
  qr: ["q", "r"],
  eigh: ["values", "vectors"],
  svd: ["u", "s", "vt"],
};

/** Returns a weighted sum of all elements of the tensors, with weights from -1 to 1 by the index of the element. */
function weighted(tensors: readonly Tensor[]): Tensor {
  let place = 0;
  return tensors
    .filter(({ dtype }) => dtype === "float64")
    .map((x) => {
      const weights = Array.from({ length: x.size }, () => ((place++ * 37 + 11) % 64) / 32 - 1);
      return x.mul(tensor(weights, { shape: x.shape, dtype: "float64" })).sum();
    })
    .reduce((sum, each) => sum.add(each));
}

/** Returns a function of the inputs of a case, whose results are the tensors of its loss. */
function callOf({ call, made, power, options, loss }: Case): (...inputs: Tensor[]) => Tensor[] {
  const operation = linalg[call as "inv"] as (...inputs: unknown[]) => Tensor | Parts;
  const settings = Object.entries(options).map(([name, value]) => [name, optionOf(value)]);
  const more = [
    ...(power === undefined ? [] : [power]),
    ...(settings.length === 0 ? [] : [Object.fromEntries(settings)]),
  ];
  return (...inputs) => {
    const [first, second, ...others] = inputs as [Tensor, Tensor];
    const given = made === "product" ? [matmul(first, second), ...others] : inputs;
    const result = operation(...given, ...more);
    const names = NAMES[call];
    const parts =
      names === undefined
        ? { value: result as Tensor }
        : Object.fromEntries(names.map((name) => [name, part(result as Parts, name)]));
    // Losses need a name for the values, which eigvalsh returns without one.
    const named = call === "eigvalsh" ? { values: result as Tensor } : parts;
    return (LOSSES[loss] as (parts: Parts) => Tensor[])(named);
  };
}

function optionOf(value: unknown): unknown {
  return value === "Infinity" || value === "-Infinity" ? Number(value) : value;
}

/** The least size by which errors are divided, since results that are nearly 0 have no meaningful size. */
const LEAST_SCALE = 1 / 16;

function expectAllClose(
  got: readonly Tensor[],
  packed: readonly GoldenTensor[],
  what: string,
  tolerance: number,
) {
  expect(got.length, what).toBe(packed.length);
  got.forEach((result, i) => {
    expectClose(result, packed[i] as GoldenTensor, `${what} ${i}`, {
      tolerance,
      leastScale: LEAST_SCALE,
    });
  });
}

const titleOf = ({ call, made, inputs, power, options, loss }: Case, place: number) => {
  const shapes = inputs.map(({ shape }) => `[${shape}]`).join(made === undefined ? " " : "×");
  const settings = [power, JSON.stringify(options)].filter((x) => x !== undefined && x !== "{}");
  return `${place}: ${loss} of ${call}(${[shapes, ...settings].join(", ")})`;
};

cases.forEach((each, place) => {
  const title = titleOf(each, place);
  const fn = callOf(each);

  test(`${title} are PyTorch's in float64`, () => {
    const inputs = each.inputs.map((input) => unpack(input, "float64"));
    const argnums = inputs.map((_, i) => i);
    const { gradients, seconds } = each;
    const first = grad((...given: Tensor[]) => weighted(fn(...given)), { argnums });
    const size = (...given: Tensor[]) =>
      first(...given)
        .map((gradient) => gradient.square().sum())
        .reduce((sum, square) => sum.add(square));
    const all = (...given: Tensor[]) => ({
      results: fn(...given),
      gradients: gradients === undefined ? [] : first(...given),
      seconds: seconds === undefined ? [] : grad(size, { argnums })(...given),
    });
    const eager = all(...inputs);
    expectAllClose(eager.results, each.results, "result", 1e-10);
    expectAllClose(eager.gradients, gradients ?? [], "gradient", 1e-9);
    expectAllClose(eager.seconds, seconds ?? [], "second derivative", 1e-9);
    if (!isSampled(4)) return;
    const compiled = compile(all)(...inputs);
    for (const name of ["results", "gradients", "seconds"] as const) {
      compiled[name].forEach((result, i) => {
        expectSameBits(result, eager[name][i] as Tensor);
      });
    }
  });

  if (each.single === false) return;
  test(`${title} are PyTorch's in float32`, () => {
    const inputs = each.inputs.map((input) => unpack(input, "float32"));
    const eager = fn(...inputs);
    expectAllClose(eager, each.results, "result", 2e-5);
    if (!isSampled(4)) return;
    compile(fn)(...inputs).forEach((result, i) => {
      expectSameBits(result, eager[i] as Tensor);
    });
  });
});
