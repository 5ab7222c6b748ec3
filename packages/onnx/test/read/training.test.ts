/**
 * Exports of PyTorch that are trained further: ten steps give the losses of PyTorch's own optimizers on the same
 * network, which `golden/training.py` has stored.
 */

import { gunzipSync } from "node:zlib";
import {
  compile,
  type Tensor,
  type Trainable,
  tensor,
  valueAndGrad,
  variables,
} from "@graddiff/core";
import { AdamW, SGD } from "@graddiff/nn";
import { expect, test } from "vitest";
import { type ImportedModel, importOnnx } from "../../src/index.ts";
import golden from "./golden/training.json" with { type: "json" };

/**
 * The elements of weights whose exact gradient is zero: a bias before a normalisation, and a bias of all keys of a
 * softmax, cancel. Their computed gradients are only rounding errors, which Adam turns into steps of full length.
 */
const WITHOUT_GRADIENT: Readonly<
  Record<string, Readonly<Record<string, readonly [from: number, to: number]>>>
> = {
  sdpa: { "qkv.bias": [6, 12] },
  transformer: { "block.attention.in_proj_bias": [8, 16] },
  resnet: { "block.two.bias": [0, 4] },
  groupnorm: { "second.bias": [0, 4] },
};

const OPTIMIZERS = {
  sgd: (own: Trainable) => new SGD(own, { learningRate: 0.1, weightDecay: 0.01 }),
  adam: (own: Trainable) => new AdamW(own, { learningRate: 0.01, weightDecay: 0.01 }),
};

const cases = Object.entries(golden).map(([name, { model, x, shape, ...runs }]) => ({
  name,
  bytes: new Uint8Array(gunzipSync(Buffer.from(model, "base64"))),
  x: tensor(numbersOf(x), { shape }),
  runs,
}));

function numbersOf(text: string): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(text, "base64")).buffer);
}

/** Returns the loss, with the same targets from −1 to 1 as in the script. */
function lossOf({ fn, inputs }: ImportedModel, x: Tensor): Tensor {
  const [y] = fn(x.cast(inputs[0]?.dtype ?? "float32"));
  const numbers = Array.from({ length: y.size }, (_, i) => (((i + 9) * 7919) % 1009) / 504.5 - 1);
  return y
    .sub(tensor(Float32Array.from(numbers), { shape: y.shape }).cast(y.dtype))
    .square()
    .mean();
}

const steps = cases.flatMap((each) =>
  (["sgd", "adam"] as const).map((optimizer) => ({ ...each, optimizer })),
);

test.each(steps)("ten steps of $optimizer are PyTorch's: $name", (each) => {
  const { losses, weights } = each.runs[each.optimizer];
  const model = importOnnx(each.bytes);
  const trained = Object.entries(model.weights).filter(([, { trainable }]) => trainable);
  expect(trained.map(([name]) => name).sort()).toEqual(Object.keys(weights).sort());
  const optimizer = OPTIMIZERS[each.optimizer](variables(model.weights));
  const step = compile((x: Tensor) => optimizer.minimize(() => lossOf(model, x)));
  losses.forEach((loss, i) => {
    expect(Math.abs(step(each.x).item() / loss - 1), `loss ${i}`).toBeLessThan(1e-6);
  });
  for (const [name, text] of Object.entries(weights)) {
    const own = model.weights[name]?.value.data() ?? [];
    const [from, to] = WITHOUT_GRADIENT[each.name]?.[name] ?? [0, 0];
    const differences = [...numbersOf(text)].map((wanted, i) =>
      i >= from && i < to ? 0 : Math.abs(Number(own[i]) - wanted) / Math.max(1, Math.abs(wanted)),
    );
    expect(Math.max(...differences), name).toBeLessThan(1e-6);
  }
});

test.each(cases)(
  "the gradients that are left out are zero in float64: $name",
  ({ name, bytes, x }) => {
    const model = importOnnx(bytes, { dtype: "float64" });
    const loss = () => lossOf(model, x.cast("float64"));
    const { gradient } = valueAndGrad(loss, { variables: model.weights })();
    for (const [weight, [from, to]] of Object.entries(WITHOUT_GRADIENT[name] ?? {})) {
      const slope = [...(gradient[weight]?.data() ?? [])].slice(from, to).map(Math.abs);
      expect(slope.length).toBe(to - from);
      expect(Math.max(...slope)).toBeLessThan(1e-12);
    }
  },
);
