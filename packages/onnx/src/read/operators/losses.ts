/**
 * Losses of classes.
 */

import { onesLike, type Tensor, where } from "@graddiff/core";
import type { Node } from "../node.ts";
import { type Results, rows } from "../operator.ts";

/** Computes −w log p of the classes [N, C, …], reduced; targets with the ignored index are left out. */
function likelihood(node: Node, logs: Tensor, target: Tensor, weight: Tensor | undefined): Tensor {
  const ignored = node.int("ignore_index");
  const isLeft = ignored === undefined ? undefined : target.equal(ignored);
  const classes = isLeft === undefined ? target : where(isLeft, 0, target);
  const [batch = 1, ...rest] = target.shape;
  const rows = classes.reshape([batch, 1, ...rest]);
  const chosen = logs.takeAlongAxis(rows, 1).reshape(target.shape);
  const weights = weight === undefined ? undefined : weight.take(classes, 0);
  const own = weights ?? onesLike(chosen);
  const factors = isLeft === undefined ? own : where(isLeft, 0, own);
  const losses = chosen.mul(factors).neg();
  const reduction = node.oneOf("reduction", "mean", "sum", "none");
  if (reduction === "none") return losses;
  return reduction === "sum" ? losses.sum() : losses.sum().div(factors.sum());
}

function crossEntropy(node: Node): Results {
  const logs = node.input(0).logSoftmax(1);
  return [likelihood(node, logs, node.input(1), node.maybe(2)), logs];
}

export const losses = rows({
  NegativeLogLikelihoodLoss: {
    read: (node) => likelihood(node, node.input(0), node.input(1), node.maybe(2)),
  },
  SoftmaxCrossEntropyLoss: { read: crossEntropy },
});
