/** A network of one hidden layer, and its training. */

import {
  Adam,
  compile,
  crossEntropy,
  Dense,
  type Tensor,
  tensor,
  uniform,
  Variable,
  valueAndGrad,
  where,
} from "@graddiff/core";
import { type Digits, rowsOf, shuffled } from "./data.ts";

/** A classifier of images of 64 pixels. */
export interface Classifier {
  readonly hidden: Dense;
  readonly output: Dense;
}

export function makeClassifier(seed: number): Classifier {
  return {
    hidden: new Dense(64, 256, { seed: 2 * seed }),
    output: new Dense(256, 10, { seed: 2 * seed + 1 }),
  };
}

/** The scores of each digit for each image; the greatest is the answer. */
export function scoresOf(
  { hidden, output }: Classifier,
  images: Tensor,
  drop: (units: Tensor) => Tensor = (units) => units,
): Tensor {
  return output.forward(drop(hidden.forward(images).relu()));
}

export interface TrainingOptions {
  readonly seed: number;
  readonly epochs: number;
  /** Called after each epoch with its mean loss. */
  readonly onEpoch?: (epoch: number, loss: number) => void;
}

const BATCH = 32;
/** The share of hidden units that a step computes with. */
const KEPT = 0.6;

/** Trains with Adam and dropout, in batches of another order in each epoch. */
export function train(
  network: Classifier,
  digits: Digits,
  { seed, epochs, onEpoch }: TrainingOptions,
): void {
  const variables = [...network.hidden.variables, ...network.output.variables];
  const optimizer = new Adam(variables, { learningRate: 0.003 });
  const count = new Variable(tensor(100_000 * seed, { dtype: "int32" }));
  const drop = (units: Tensor) => {
    const isKept = uniform(units.shape, { seed: count.value }).less(KEPT);
    count.assign(count.value.add(1));
    return where(isKept, units.div(KEPT), 0);
  };
  const loss = (images: Tensor, labels: Tensor) =>
    crossEntropy(scoresOf(network, images, drop), labels);
  const step = compile((images: Tensor, labels: Tensor) => {
    const { value, gradient } = valueAndGrad(loss, { variables })(images, labels);
    optimizer.step(gradient);
    return value;
  });
  const rows = digits.labels.size;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const order = shuffled(rows, 1000 * seed + epoch);
    let sum = 0;
    for (let start = 0; start < rows; start += BATCH) {
      const { images, labels } = rowsOf(digits, order.slice(start, start + BATCH));
      sum += step(images, labels).item() * labels.size;
    }
    onEpoch?.(epoch, sum / rows);
  }
}

/** The digit of the greatest score of each row. */
export function answersOf(scores: Tensor): number[] {
  const [rows = 0, columns = 0] = scores.shape;
  const array = scores.data();
  return Array.from({ length: rows }, (_, row) => {
    const own = array.subarray(row * columns, (row + 1) * columns);
    return own.indexOf(Math.max(...own));
  });
}
