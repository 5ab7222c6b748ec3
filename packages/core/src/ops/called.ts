/**
 * The common parts of ops that call one body; their derivatives differ in what they keep.
 */

import { applyAll } from "../graph/apply.ts";
import type { Bodies, StatusRules } from "../graph/joint.ts";
import type { BatchCall, Batched, Examples, Op } from "../graph/op.ts";
import { gradientsReach, tangentsMove } from "../graph/reach.ts";
import { replayBody } from "../graph/replay.ts";
import type { Trace } from "../graph/trace.ts";
import type { TensorType } from "../graph/types.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { makeBody, resultsOf } from "./bodies.ts";
import { register } from "./registry.ts";

export interface Called extends Readonly<Record<string, unknown>> {
  readonly body: Trace;
}

/** Returns a batch of calls: a call of the batched body. */
export function batchCall<A extends Called>(call: BatchCall<A>): readonly Batched[] {
  const { op, inputs, batched, attributes, size, batchBody } = call;
  const all = batchBody(attributes.body, batched, size);
  return applyAll(op, inputs, { ...attributes, body: all.body }).map((value, i) =>
    all.batched[i] ? value : { same: value },
  );
}

/** Returns an op whose default kernel calls its body. */
/* @__NO_SIDE_EFFECTS__ */
export function calledOp<A extends Called>(
  {
    whole,
    ...fields
  }: Pick<Op<A>, "name" | "symbol" | "formula" | "derivative" | "batch" | "examples"> &
    Pick<Bodies<A>, "whole">,
  statusRules: StatusRules<A> = {
    gradients: ({ body }, statuses) => gradientsReach(body, statuses),
    tangents: ({ body }, statuses) => tangentsMove(body, statuses),
  },
): Op<A> {
  return register<A>({
    ...fields,
    family: "control",
    promotion: "none",
    results: (_inputs, { body }) => resultsOf(body),
    body: (inputs, { body }, call = replayBody) => call(body, inputs),
    bodies: whole === undefined ? {} : { whole },
    statuses: statusRules,
  });
}

/** Calls of a body of two results, in which inputs are repeated. */
/* @__NO_SIDE_EFFECTS__ */
export function sampleCalls<A extends Called>(attributesOf: (body: Trace) => A): Examples<A> {
  const attributes = (inputs: readonly TensorType[]) =>
    attributesOf(makeBody(inputs, productAndSum));
  const shapes = [
    [[3], []],
    [
      [2, 1],
      [1, 3],
    ],
  ];
  return { domain: [-3, 3], cases: shapes.map((each) => ({ shapes: each, attributes })) };
}

function productAndSum(inputs: readonly Tensor[]): Tensor[] {
  const [x, y] = [at(inputs, 0), at(inputs, 1)];
  return [x.mul(y), x.add(y)];
}
