/** The parts that the batching rules of ops share. */

import { applyAll } from "../graph/apply.ts";
import type { BatchCall } from "../graph/op.ts";
import type { Attributes } from "../graph/types.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Returns the rule of an op that takes any leading axes, of which the batch is one more. */
export function batchLeading<A extends Attributes>(call: BatchCall<A>): readonly Tensor[] {
  return applyAll(call.op, call.inputs, call.attributes);
}

/** Returns the rule of an op of which every input must carry the batch. */
export function batchTogether<A extends Attributes>(call: BatchCall<A>): readonly Tensor[] {
  return applyAll(call.op, repeated(call), call.attributes);
}

/** Inputs that all carry the batch: others are repeated. */
export function repeated<A extends Attributes>(call: BatchCall<A>): Tensor[] {
  const { inputs, batched, size } = call;
  return inputs.map((x, i) => (batched[i] ? x : x.broadcastTo([size, ...x.shape])));
}
