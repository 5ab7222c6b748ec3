/**
 * Functions of two numbers, element by element, whose kernels take inputs of one shape: the function broadcasts them.
 */

import { refuseSurplus } from "../arguments.ts";
import { apply } from "../graph/apply.ts";
import type { Kernel } from "../graph/kernel.ts";
import type { Derivative, Domain, Op } from "../graph/op.ts";
import { NO_ATTRIBUTES } from "../graph/types.ts";
import { broadcastShapes } from "../tensor/shape.ts";
import { type TensorLike, toTensor } from "../tensor/tensor.ts";
import { batchTogether } from "./batching.ts";
import { type Binary, typesOfElementwise } from "./elementwise.ts";
import { promoteInputs } from "./promote.ts";
import { register } from "./registry.ts";
import { broadcastTo } from "./view.ts";

interface Definition {
  readonly name: string;
  readonly symbol: string;
  readonly formula: string;
  readonly kernel: Kernel;
  readonly derivative: Derivative;
  readonly domain: Domain;
  readonly edges: readonly (readonly number[])[];
}

/** Defines such a function. int32 becomes float32. */
/* @__NO_SIDE_EFFECTS__ */
export function ofSameShapes({ name, domain, edges, ...block }: Definition): Binary {
  const op: Op = register({
    ...block,
    name,
    family: "elementwise",
    promotion: "float",
    results: typesOfElementwise(name, "float"),
    batch: batchTogether,
    examples: {
      domain,
      edges,
      cases: [[], [5], [2, 3], [0]].map((shape) => ({ shapes: [shape, shape] })),
    },
  });
  const call = (
    x: TensorLike,
    y: TensorLike,
    more: unknown = undefined,
    rest: unknown = undefined,
  ) => {
    if (more !== undefined) refuseSurplus(name, 2, [x, y, more, rest]);
    const inputs = [toTensor(name, "x", x), toTensor(name, "y", y)];
    const [first, second] = promoteInputs(name, inputs, "float");
    if (first === undefined || second === undefined) throw new Error(`${name} has two inputs`);
    const shape = broadcastShapes(name, first.shape, second.shape);
    return apply(op, [broadcastTo(first, shape), broadcastTo(second, shape)], NO_ATTRIBUTES);
  };
  return Object.assign(call, { op });
}
