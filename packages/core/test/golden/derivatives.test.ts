/**
 * Values, gradients and second derivatives against PyTorch, from the goldens that `derivatives.py` wrote.
 */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as graddiff from "../../src/index.ts";
import { grad, type Tensor, tensor } from "../../src/index.ts";

interface Packed {
  readonly shape: number[];
  readonly data: (number | null)[];
}

interface Golden {
  readonly cases: {
    readonly op: string;
    readonly arguments: unknown[];
    readonly inputs: Packed[];
    readonly weights: Packed;
    readonly directions: Packed[];
    readonly value: Packed;
    readonly gradients: Packed[];
    /** The second derivatives; null where there is none to compare with. */
    readonly seconds: Packed[] | null;
  }[];
  readonly network: {
    readonly parameters: Record<string, Packed>;
    readonly loss: number;
    readonly gradients: Record<string, Packed>;
  };
}

const file = new URL("./derivatives.json", import.meta.url);
const golden = JSON.parse(readFileSync(file, "utf8")) as Golden;
const TOLERANCE = 1e-13;

function unpack({ shape, data }: Packed): Tensor {
  const values = data.map((value) => value ?? Number.NaN);
  return tensor(values, { shape, dtype: "float64" });
}

/** Returns an argument as a tensor if it describes indices; other arguments unchanged. */
function unpackIndices(argument: unknown): unknown {
  if (typeof argument !== "object" || argument === null || !("indices" in argument))
    return argument;
  const { shape, indices } = argument as { shape: number[]; indices: number[] };
  return tensor(indices, { shape, dtype: "int32" });
}

function expectClose(got: Tensor, packed: Packed, what: string): void {
  expect(got.shape, what).toEqual(packed.shape);
  const scale = Math.max(1, ...packed.data.map((value) => Math.abs(value ?? 0)));
  got.data().forEach((value, i) => {
    const expected = packed.data[i] ?? Number.NaN;
    if (Number.isNaN(expected)) expect(value, what).toBeNaN();
    else expect(Math.abs(value - expected) / scale, `${what}[${i}]`).toBeLessThan(TOLERANCE);
  });
}

function dot(tensors: readonly Tensor[], weights: readonly Tensor[]): Tensor {
  return tensors.map((x, i) => x.mul(weights[i] ?? 0).sum()).reduce((sum, term) => sum.add(term));
}

golden.cases.forEach(({ op, ...each }) => {
  const shapes = each.inputs.map(({ shape }) => `[${shape}]`).join(" ");
  test(`${op}(${each.arguments.map((a) => JSON.stringify(a))}) of ${shapes} is PyTorch's to second order`, () => {
    const operation = graddiff[op as "add"] as (...inputs: unknown[]) => Tensor;
    const inputs = each.inputs.map(unpack);
    const argnums = inputs.map((_, i) => i);
    const settings = each.arguments.map(unpackIndices);
    const fn = (...given: Tensor[]) => operation(...given, ...settings);
    const weighted = (...given: Tensor[]) =>
      fn(...given)
        .mul(unpack(each.weights))
        .sum();
    const gradients = grad(weighted, { argnums });
    const slope = (...given: Tensor[]) => dot(gradients(...given), each.directions.map(unpack));

    expectClose(fn(...inputs), each.value, "value");
    gradients(...inputs).forEach((gradient, i) => {
      expectClose(gradient, each.gradients[i] as Packed, `gradient ${i}`);
    });
    if (each.seconds === null) return;
    grad(slope, { argnums })(...inputs).forEach((second, i) => {
      expectClose(second, each.seconds?.[i] as Packed, `second derivative ${i}`);
    });
  });
});

test("a network's loss and all its gradients are PyTorch's", () => {
  const { parameters, loss, gradients } = golden.network;
  const fn = (p: Record<string, Tensor>) => {
    const { x, t, w1, b1, w2, b2 } = p as Record<"x" | "t" | "w1" | "b1" | "w2" | "b2", Tensor>;
    const hidden = x.matmul(w1).add(b1).tanh();
    return hidden.matmul(w2).add(b2).softplus().sub(t).square().mean();
  };
  const inputs = Object.fromEntries(Object.entries(parameters).map(([k, v]) => [k, unpack(v)]));
  const result = graddiff.valueAndGrad(fn)(inputs);
  expect(Math.abs(result.value.item() - loss)).toBeLessThan(1e-14);
  for (const [name, packed] of Object.entries(gradients)) {
    expectClose(result.gradient[name] as Tensor, packed, name);
  }
});
