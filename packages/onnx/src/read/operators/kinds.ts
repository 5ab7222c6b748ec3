/**
 * Makers of operators that differ only in their function.
 */

import { maximum, minimum, type Tensor } from "@graddiff/core";
import type { Node } from "../node.ts";
import type { Operator } from "../operator.ts";

/** Returns an operator of one tensor. */
/* @__NO_SIDE_EFFECTS__ */
export function unary(compute: (x: Tensor) => Tensor): Operator {
  return { read: (node) => compute(node.input(0)) };
}

/** Returns an operator of one tensor that has one number among its settings. */
/* @__NO_SIDE_EFFECTS__ */
export function unaryWith(
  name: string,
  otherwise: number,
  compute: (x: Tensor, setting: number) => Tensor,
): Operator {
  return { read: (node) => compute(node.input(0), node.float(name, otherwise)) };
}

/** Returns an operator of two tensors that broadcast. */
/* @__NO_SIDE_EFFECTS__ */
export function binary(compute: (x: Tensor, y: Tensor) => Tensor, wraps = false): Operator {
  return {
    read: (node) => {
      const x = node.input(0);
      return compute(x, besides(node, x, node.input(1)));
    },
    wraps,
  };
}

/** Returns an operator of any number of tensors that broadcast. */
/* @__NO_SIDE_EFFECTS__ */
export function variadic(compute: (x: Tensor, y: Tensor) => Tensor, wraps = false): Operator {
  return {
    read: (node) => {
      const [first, ...others] = node.all;
      if (first === undefined) throw node.refusal("inputs", "one or more tensors", "none");
      return others.reduce(compute, first);
    },
    wraps,
  };
}

/**
 * Broadcasts by the rules up to version 6, where a setting said that the second tensor broadcasts, and along which
 * axes.
 */
function besides(node: Node, x: Tensor, y: Tensor): Tensor {
  if (node.version >= 7 || node.int("broadcast", 0) === 0) return y;
  const axis = node.int("axis");
  if (axis === undefined) return y;
  const behind = x.rank - node.axis(axis, x.rank) - y.rank;
  return y.reshape([...y.shape, ...new Array<number>(Math.max(0, behind)).fill(1)]);
}

/** Limits numbers to two bounds, each of which may be left out. */
export function between(
  x: Tensor,
  low: Tensor | number | undefined,
  high: Tensor | number | undefined,
): Tensor {
  const above = low === undefined ? x : maximum(x, low);
  return high === undefined ? above : minimum(above, high);
}

/** True if a tensor has integers. */
export const isWhole = ({ dtype }: Tensor): boolean => dtype === "int32" || dtype === "bool";
