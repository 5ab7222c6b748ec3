/**
 * Operators that draw random numbers. Core draws them, so they differ from the numbers of other runtimes.
 */

import {
  bernoulli,
  broadcastTo,
  categorical,
  normal,
  type Shape,
  type Tensor,
  tensor,
  uniform,
  where,
} from "@graddiff/core";
import type { Node } from "../node.ts";
import { type Results, rows } from "../operator.ts";
import { type ElementType, isFloatType } from "../types.ts";
import type { Value } from "../value.ts";
import { castAs, typeAmong } from "./creating.ts";

function drawn(node: Node, shape: Shape, type: ElementType, isNormal: boolean): Value {
  const dtype = type === "float64" ? "float64" : node.run.settings.floats;
  const numbers = isNormal
    ? normal(shape, {
        seed: node.seed,
        dtype,
        mean: node.float("mean", 0),
        deviation: node.float("scale", 1),
      })
    : uniform(shape, {
        seed: node.seed,
        dtype,
        low: node.float("low", 0),
        high: node.float("high", 1),
      });
  return castAs(node, numbers, type);
}

function ofShape(node: Node, isNormal: boolean): Value {
  return drawn(node, node.ints("shape") ?? [], typeAmong(node, "dtype") ?? "float32", isNormal);
}

function likeInput(node: Node, isNormal: boolean): Value {
  const own = node.type(0);
  const type = typeAmong(node, "dtype") ?? (isFloatType(own) ? own : "float32");
  return drawn(node, node.input(0).shape, type, isNormal);
}

function coins(node: Node): Value {
  const p = node.input(0);
  return castAs(
    node,
    bernoulli(p, { seed: node.seed, shape: p.shape }),
    typeAmong(node, "dtype") ?? node.type(0),
  );
}

function classes(node: Node): Value {
  const logits = node.input(0);
  const [batch = 1, count = 1] = logits.shape;
  const draws = node.int("sample_size", 1);
  const each = categorical(broadcastTo(logits.reshape([batch, 1, count]), [batch, draws, count]), {
    seed: node.seed,
  });
  return castAs(node, each, typeAmong(node, "dtype") ?? "int32");
}

/**
 * Computes Dropout, which drops elements in training only. It drops elements before version 7 unless `is_test` is set,
 * since version 12 if the input `training_mode` is true, and never in the versions between.
 */
function dropped(node: Node): Results {
  const x = node.input(0);
  const ratio = node.version < 12 ? node.float("ratio", 0.5) : (node.maybeNumbers(1)?.[0] ?? 0.5);
  const isTraining =
    node.version < 7 ? node.int("is_test", 0) === 0 : (node.maybeNumbers(2)?.[0] ?? 0) !== 0;
  const all = (mask: Tensor): Value => ({ type: "bool", tensor: mask });
  if (!isTraining || ratio === 0) {
    return node.wants(1) ? [x, all(broadcastTo(tensor(true), x.shape))] : x;
  }
  const mask = uniform(x.shape, { seed: node.seed }).greaterEqual(ratio);
  return [where(mask, x.mul(1 / (1 - ratio)), 0), all(mask)];
}

export const random = rows({
  Bernoulli: { read: coins },
  Dropout: { read: dropped, settings: [1, 2] },
  Multinomial: { read: classes },
  RandomNormal: { read: (node) => ofShape(node, true) },
  RandomNormalLike: { read: (node) => likeInput(node, true) },
  RandomUniform: { read: (node) => ofShape(node, false) },
  RandomUniformLike: { read: (node) => likeInput(node, false) },
});
