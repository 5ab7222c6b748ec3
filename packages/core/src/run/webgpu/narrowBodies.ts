/**
 * Bodies in float32 of ops whose own bodies compute in float64, though their inputs are float32 and a cast to float32
 * follows.
 */

import { type HasKernel, lower } from "../../graph/lower.ts";
import type { Body, Op } from "../../graph/op.ts";
import {
  bodiesOf,
  mapBodies,
  nodeAt,
  type Operation,
  operationNode,
  rootsOf,
  type Trace,
} from "../../graph/trace.ts";
import { maximum, minimum } from "../../ops/arithmetic.ts";
import { axesOfEach, type Clipped, NORM_EPSILON, sumOfEach } from "../../ops/clipFactor.ts";
import { where } from "../../ops/comparison.ts";
import { max } from "../../ops/reduction.ts";
import { scalar } from "../../tensor/tensor.ts";
import { isCast } from "../program/fuse/fusible.ts";

/** The greatest element whose square, times the number of all, is far from the ends of float32; and its inverse. */
const USUAL = 1e15;

/**
 * The factor of `clipFactor`. Gradients of an unusual size are divided by the greatest of them before they are squared, so
 * nothing overflows or vanishes.
 */
const clipFactor: Body<Clipped> = (inputs, { limit, examples }) => {
  const filled = inputs.filter(({ size }) => size > 0);
  const number = (value: number) => scalar(value, "float32");
  let greatest = number(0);
  for (const each of filled) {
    greatest = maximum(greatest, max(each.abs(), axesOfEach(each, examples)));
  }
  // NaN and infinities are no divisors: they reach the norm unchanged.
  const isUnusual = greatest
    .greater(USUAL)
    .logicalAnd(greatest.less(Number.POSITIVE_INFINITY))
    .logicalOr(greatest.less(1 / USUAL).logicalAnd(greatest.greater(0)));
  const unit = where(isUnusual, greatest, number(1));
  let squares = number(0);
  for (const each of filled) {
    const scale = unit.reshape([...unit.shape, ...each.shape.slice(unit.rank).map(() => 1)]);
    squares = squares.add(sumOfEach(each.div(scale).square(), examples));
  }
  const norm = squares.sqrt().add(number(NORM_EPSILON).div(unit));
  return [minimum(number(limit).div(unit).div(norm), 1)];
};

const BODIES: Readonly<Record<string, Body>> = { clipFactor: clipFactor as unknown as Body };

/** True if an op has a body in float32. */
export function hasNarrowBody({ name }: Op): boolean {
  return Object.hasOwn(BODIES, name);
}

/** Returns the same op with its body in float32. */
function narrow(op: Op): Op {
  return {
    ...op,
    name: `${op.name} in float32`,
    results: (inputs, attributes) =>
      op.results(inputs, attributes).map((type) => ({ ...type, dtype: "float32" })),
    body: BODIES[op.name] as Body,
  };
}

/**
 * Decomposes the ops of a trace that have a body in float32: into that body, if all inputs are float32 and all readers
 * are casts to float32, else into the usual one.
 *
 * @param hasKernel says which composites have a kernel.
 */
export function withNarrowBodies(trace: Trace, hasKernel: HasKernel): Trace {
  return hasAny(trace) ? lower(replaced(trace), hasKernel) : trace;
}

function hasAny({ nodes }: Trace): boolean {
  return nodes.some(
    (node) =>
      node.kind === "operation" &&
      (hasNarrowBody(node.op) || bodiesOf(node.attributes).some(hasAny)),
  );
}

function replaced(trace: Trace): Trace {
  const { nodes } = trace;
  const isWide = nodes.map(() => false);
  for (const id of rootsOf(trace)) isWide[id] = true;
  for (const node of nodes) {
    if (node.kind !== "operation" || (isCast(node.op) && node.dtype === "float32")) continue;
    for (const input of node.inputs) isWide[input] = true;
  }
  const isNarrow = (node: Operation, id: number) =>
    hasNarrowBody(node.op) &&
    !isWide[id] &&
    node.inputs.every((input) => nodeAt(nodes, input).dtype === "float32");
  return {
    ...trace,
    nodes: nodes.map((node, id) => {
      if (node.kind !== "operation") return node;
      const { op, inputs, location } = node;
      const attributes = mapBodies(node.attributes, replaced);
      if (!isNarrow(node, id)) return operationNode(node, op, inputs, attributes, location);
      return operationNode({ ...node, dtype: "float32" }, narrow(op), inputs, attributes, location);
    }),
  };
}
