/**
 * Functions as ops, and `checkpoint`, which keeps only its arguments, and recomputes the rest in the backward pass.
 */

import { checkFunction, checkSurplus, refuseSurplus } from "../arguments.ts";
import { pullbackOfBody } from "../differentiate/bodies.ts";
import { statusesOf, tensorsOf, unpackTangents } from "../differentiate/tangents.ts";
import { DerivativeError } from "../errors.ts";
import { barrierKernel } from "../families/movement.ts";
import { apply, applyAll } from "../graph/apply.ts";
import { Captures, recordBody } from "../graph/body.ts";
import type { Inputs } from "../graph/functions.ts";
import type { JointDerivative } from "../graph/joint.ts";
import { linear, type Op, sameType } from "../graph/op.ts";
import { gradientsReach, tangentsMove } from "../graph/reach.ts";
import type { AtOnce, Recordable } from "../graph/recordable.ts";
import { mayBeNonzero, onlyWanted } from "../graph/tangentStatus.ts";
import type { Trace } from "../graph/trace.ts";
import { fillerOf, formWith, leafTensor, type Mapped } from "../graph/tree.ts";
import { NO_ATTRIBUTES } from "../graph/types.ts";
import { repeated } from "../ops/batching.ts";
import { makeBody, withoutUnused } from "../ops/bodies.ts";
import { batchCall, type Called, calledOp, sampleCalls } from "../ops/called.ts";
import { register } from "../ops/registry.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The identity of its first input that also depends on its other inputs: it is computed after them. */
export const barrierOp: Op = register({
  name: "barrier",
  symbol: "barrier",
  family: "identity",
  promotion: "none",
  formula: "x, as soon as the others are there",
  results: sameType,
  derivative: linear((cotangent) => cotangent, undefined),
  kernel: barrierKernel,
  batch: (call) =>
    applyAll(call.op, [at(repeated(call), 0), ...call.inputs.slice(1)], call.attributes),
  examples: { domain: [-3, 3], cases: [{ shapes: [[2, 3], [2]] }] },
});

/** Applies a call to the inputs that its body uses. */
export function applyCall(
  op: Op<Called>,
  inputs: readonly Tensor[],
  body: Trace,
): readonly Tensor[] {
  const used = withoutUnused(inputs, [body], { kept: 0, offset: 0 });
  return applyAll(op, used.inputs, { body: at(used.bodies, 0) });
}

const checkpointDerivative: JointDerivative<Called> = {
  kind: "joint",
  vjp: ({ op, inputs, attributes, wanted }) => ({
    results: applyAll(op, inputs, attributes),
    pull: (cotangents) => {
      const statuses = statusesOf(cotangents);
      const come = tensorsOf(cotangents);
      const reached = onlyWanted(wanted, gradientsReach(attributes.body, statuses));
      if (!reached.some(mayBeNonzero)) return [];
      // The barrier keeps fusion and the schedule from recomputing before the cotangents are known.
      const late = inputs.map((input) => apply(barrierOp, [input, ...come], NO_ATTRIBUTES));
      const body = pullbackOfBody(attributes.body, statuses, reached);
      return unpackTangents(applyCall(op, [...late, ...come], body), reached);
    },
  }),
  jvp: ({ op, inputs, attributes: { body } }, tangents, pushforward) => {
    const statuses = statusesOf(tangents);
    const moved = tangentsMove(body, statuses);
    const both = pushforward(body, statuses, moved);
    const all = applyCall(op, [...inputs, ...tensorsOf(tangents)], both);
    const results = all.slice(0, body.outputs.length);
    return { results, tangents: unpackTangents(all.slice(results.length), moved) };
  },
};

const checkpointOp = calledOp<Called>({
  name: "checkpoint",
  symbol: "checkpoint",
  formula: "fn(x, …), computed anew on the way back",
  derivative: checkpointDerivative,
  batch: batchCall,
  examples: sampleCalls((body) => ({ body })),
});

/** Returns a body whose gradient keeps only the inputs. */
export function checkpointed(body: Trace): Trace {
  return makeBody(body.parameters, (inputs) => applyAll(checkpointOp, inputs, { body }));
}

/** A call of a recorded function, without a derivative rule: the rules of `customGradient` become such calls. */
export const callOp: Op<Called> = calledOp<Called>({
  name: "call",
  symbol: "call",
  formula: "fn(x, …)",
  derivative: checkpointDerivative,
  batch: batchCall,
  examples: sampleCalls((body) => ({ body })),
});

/** Returns a function as a body, and the leaves of the arguments that it was recorded for. */
export function recordCall(
  op: string,
  fn: (...inputs: never) => unknown,
  inputs: readonly unknown[],
) {
  const leaves: Tensor[] = [];
  const form = inputs.map((input, i) =>
    formWith(op, input, (leaf) => leaves.push(leafTensor(leaf)) - 1, `argument ${i}`),
  );
  const filler = fillerOf(form);
  /** The arguments, with other leaves. */
  const fill = (inputs: readonly Tensor[]) => filler(inputs) as never;
  const captures = new Captures();
  const body = recordBody(op, (...inputs) => fn(...fill(inputs)), leaves, captures);
  refuseAssignments(op, body.assigned.length);
  return { leaves, form, fill, captures, body };
}

/**
 * Returns the same function, whose gradient keeps only the arguments and results: values in between are recomputed in
 * the backward pass. Values and gradients are the same; they take less memory and more time.
 *
 * @param fn a function of tensors or trees whose result is a Tensor or a tree of Tensors. It is recorded
 *   on each call, so no value can be read inside. It may read Variables, but not assign them.
 * @throws RecordingError for a value that is read inside, or a Variable that is assigned.
 * @example
 * ```ts
 * import { checkpoint, grad, type Tensor } from "@graddiff/core";
 *
 * const layer = checkpoint((x: Tensor) => x.sin().exp().tanh());
 * console.log(grad((x: Tensor) => layer(layer(x)))(0.5).item() > 0); // true
 * ```
 */
export function checkpoint<Parameters extends readonly unknown[], Result>(
  fn: (...inputs: Parameters) => Result & Recordable<Parameters> & AtOnce<Result>,
): (...inputs: Inputs<Parameters>) => Mapped<Result, Tensor> {
  refuseSurplus("checkpoint", 1, arguments);
  checkFunction("checkpoint", fn);
  return (...inputs) => {
    checkSurplus("checkpoint", fn, inputs);
    const { leaves, captures, body } = recordCall("checkpoint", fn, inputs);
    const results = applyAll(checkpointOp, [...leaves, ...captures.tensors], {
      body: body.close([]),
    });
    // The form has the result's leaves replaced, as the type Mapped has.
    return fillerOf(body.form)(results) as Mapped<Result, Tensor>;
  };
}

export function refuseAssignments(op: string, count: number): void {
  if (count === 0) return;
  const expected = "a function that assigns no Variable, since it may run again";
  const got = count === 1 ? "one assignment" : `assignments to ${count} Variables`;
  const hint = "Return the new value, and assign it outside";
  throw new DerivativeError(op, "fn", expected, got, hint);
}
