/**
 * Functions of two or three numbers, element by element, whose kernels take inputs of one shape: the function broadcasts
 * them.
 */

import { refuseSurplus } from "../arguments.ts";
import { apply } from "../graph/apply.ts";
import type { Kernel } from "../graph/kernel.ts";
import type { Derivative, Interval, Op } from "../graph/op.ts";
import { NO_ATTRIBUTES } from "../graph/types.ts";
import { broadcastShapes } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { batchTogether } from "./batching.ts";
import { type Binary, typesOfElementwise } from "./elementwise.ts";
import { promoteInputs } from "./promote.ts";
import { register } from "./registry.ts";
import { broadcastTo } from "./view.ts";

/** A function of three tensors that broadcast. */
export interface Ternary {
  (x: TensorLike, y: TensorLike, z: TensorLike): Tensor;
  /** The op that the function applies. */
  readonly op: Op;
}

interface Definition {
  readonly name: string;
  readonly symbol: string;
  readonly formula: string;
  readonly kernel: Kernel;
  readonly derivative: Derivative;
  readonly domain: readonly (readonly Interval[])[];
  readonly edges: readonly (readonly number[])[];
}

const NAMES = ["x", "y", "z"];

/** Defines such a function of some number of inputs. int32 becomes float32. */
/* @__NO_SIDE_EFFECTS__ */
export function ofSameShapes<Count extends 2 | 3>(
  count: Count,
  { name, domain, edges, ...block }: Definition,
): Count extends 3 ? Ternary : Binary {
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
      cases: [[], [5], [2, 3], [0]].map((shape) => ({ shapes: new Array(count).fill(shape) })),
    },
  });
  const call = (...args: TensorLike[]) => {
    if (args.length > count) refuseSurplus(name, count, args);
    const tensors = NAMES.slice(0, count).map((each, i) =>
      toTensor(name, each, args[i] as TensorLike),
    );
    const inputs = promoteInputs(name, tensors, "float");
    const shape = inputs
      .map((input) => input.shape)
      .reduce((first, second) => broadcastShapes(name, first, second));
    return apply(
      op,
      inputs.map((input) => broadcastTo(input, shape)),
      NO_ATTRIBUTES,
    );
  };
  return Object.assign(call, { op }) as Ternary & Binary;
}
