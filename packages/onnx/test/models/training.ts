/**
 * The gradients of imported models, and ten training steps, compared with PyTorch's, which `training.py` has computed.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  compile,
  type Tensor,
  type Trainable,
  tensor,
  valueAndGrad,
  variables,
} from "@graddiff/core";
import { AdamW, crossEntropy, SGD } from "@graddiff/nn";
import { importOnnx } from "../../src/index.ts";

interface Told {
  readonly dtype: "float32" | "int32";
  readonly shape: number[];
  readonly values: number[];
}

interface Trained {
  readonly targets: Told;
  readonly loss: keyof typeof LOSSES;
  readonly gradients: Readonly<Record<string, number[]>>;
  readonly losses: Readonly<Record<keyof typeof OPTIMIZERS, number[]>>;
}

/**
 * The largest allowed differences from PyTorch: for gradients relative to their greatest number, for losses relative to
 * each loss.
 */
export const TRAINING_BOUNDS = { gradients: 1e-5, losses: 1e-6 } as const;

/** Returns −log p of the classes, from logarithms of probabilities. */
const likelihood = (logs: Tensor, classes: Tensor) =>
  logs
    .takeAlongAxis(classes.reshape([-1, 1]), 1)
    .mean()
    .neg();

/** PyTorch's losses, by their names in Python. */
const LOSSES = {
  cross_entropy: (y: Tensor, classes: Tensor) =>
    crossEntropy(y.reshape([-1, y.shape.at(-1) ?? 1]), classes.reshape([-1])),
  pixel_entropy: (y: Tensor, classes: Tensor) =>
    crossEntropy(y.transpose([0, 2, 3, 1]).reshape([-1, 2]), classes.reshape([-1])),
  likelihood: (y: Tensor, classes: Tensor) => likelihood(y.log(), classes),
  nll_loss: likelihood,
  mse_loss: (y: Tensor, target: Tensor) => y.sub(target).square().mean(),
};

const OPTIMIZERS = {
  sgd: (own: Trainable) => new SGD(own, { learningRate: 0.05, weightDecay: 0.01 }),
  adam: (own: Trainable) => new AdamW(own, { learningRate: 0.001, weightDecay: 0.01 }),
};

const toTensor = ({ dtype, shape, values }: Told) => tensor(values, { dtype }).reshape(shape);

/** A learned tensor that no operator reads as a weight: positions that are added to words. So its name is given. */
const POSITIONS = "places";

/** The differences of gradients and losses from PyTorch's. */
export interface TrainingDifferences {
  readonly gradients: number;
  readonly sgd: number;
  readonly adam: number;
}

/** Trains the models of a folder, and returns the differences. */
export function trainAll(
  folder: string,
  inputsOf: (name: string) => readonly Tensor[],
): Readonly<Record<string, TrainingDifferences>> {
  const told = JSON.parse(readFileSync(join(folder, "training.json"), "utf8")) as Record<
    string,
    Trained
  >;
  return Object.fromEntries(
    Object.entries(told).map(([name, own]) => {
      const bytes = new Uint8Array(readFileSync(join(folder, `${name}.training.onnx`)));
      const inputs = inputsOf(name);
      const model = () => {
        const { fn, weights } = importOnnx(bytes, {
          trainable: (each, { trainable }) => trainable || each === POSITIONS,
        });
        const targets = toTensor(own.targets);
        const loss = (...given: Tensor[]) => LOSSES[own.loss](fn(...given)[0], targets);
        return { loss, weights };
      };
      return [
        name,
        {
          gradients: gradientError(own, model(), inputs),
          sgd: lossError(own, "sgd", model(), inputs),
          adam: lossError(own, "adam", model(), inputs),
        },
      ];
    }),
  );
}

type Losing = ReturnType<typeof importOnnx>["weights"];
interface Model {
  readonly loss: (...inputs: Tensor[]) => Tensor;
  readonly weights: Losing;
}

function gradientError({ gradients }: Trained, model: Model, inputs: readonly Tensor[]): number {
  const { weights } = model;
  const { gradient } = compile(() =>
    valueAndGrad(() => model.loss(...inputs), { variables: weights })(),
  )();
  const trained = Object.entries(weights).filter(([, { trainable }]) => trainable);
  const names = trained.map(([name]) => name).sort();
  if (String(names) !== String(Object.keys(gradients).sort())) {
    throw new Error(`trained are ${names}, and in PyTorch ${Object.keys(gradients).sort()}`);
  }
  const errors = Object.entries(gradients).map(([name, expected]) => {
    const got = gradient[name]?.data() ?? [];
    // Zero gradients are only rounding errors on both sides, so the divisor has a minimum.
    const greatest = Math.max(1e-4, ...expected.map(Math.abs));
    return Math.max(...expected.map((value, i) => Math.abs(Number(got[i]) - value))) / greatest;
  });
  return Math.max(...errors);
}

function lossError(
  { losses }: Trained,
  kind: keyof typeof OPTIMIZERS,
  { loss, weights }: Model,
  inputs: readonly Tensor[],
): number {
  const optimizer = OPTIMIZERS[kind](variables(weights));
  const step = compile((...given: Tensor[]) => optimizer.minimize(() => loss(...given)));
  return Math.max(...losses[kind].map((wanted) => Math.abs(step(...inputs).item() / wanted - 1)));
}
