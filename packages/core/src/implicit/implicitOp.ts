/**
 * The op of implicit functions: its value is that of a solver, and its derivative that of the equations that the
 * solution fulfils.
 *
 * Of residual(x, y) = 0 the theorem of the implicit function says dx = −A⁻¹ (∂residual/∂y) dy, with A = ∂residual/∂x.
 * The rule is written with x as the op gives it, so the derivative of the rule is that of x once more: it has all orders.
 */

import { applyCall, callOp } from "../bodies/checkpoint.ts";
import { pullbackOfBody } from "../differentiate/bodies.ts";
import { padded, statusesOf, tensorsOf, unpackTangents } from "../differentiate/tangents.ts";
import { applyAll } from "../graph/apply.ts";
import type { JointContext, Pushforward, Tangents } from "../graph/joint.ts";
import { gradientsReach, tangentsMove } from "../graph/reach.ts";
import { withoutRecordingConstants } from "../graph/recording.ts";
import { replayBody } from "../graph/replay.ts";
import { mayBeNonzero, NONZERO, onlyWanted, together, ZERO } from "../graph/tangentStatus.ts";
import type { Trace } from "../graph/trace.ts";
import { makeBody, resultsOf } from "../ops/bodies.ts";
import { calledOp } from "../ops/called.ts";
import { logicalAnd } from "../ops/comparison.ts";
import { filled, maskOf } from "../ops/tangents.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Implicit } from "./system.ts";
import { type LinearMap, solveSystem } from "./system.ts";
import { countOf, examplesOf, joined, parted } from "./unknowns.ts";

type Context = JointContext<Implicit>;

export const implicitOp = calledOp<Implicit>(
  {
    name: "implicit",
    symbol: "implicit",
    formula: "x of residual(x, …) = 0, as a solver finds it",
    derivative: {
      kind: "joint",
      vjp: (context) => {
        const results = applyAll(context.op, context.inputs, context.attributes);
        const x = results.slice(0, context.attributes.unknowns);
        return { results, pull: (cotangents) => pull(context, x, cotangents.slice(0, x.length)) };
      },
      jvp: (context, tangents, pushforward) => {
        const results = applyAll(context.op, context.inputs, context.attributes);
        const x = results.slice(0, context.attributes.unknowns);
        return { results, tangents: push(context, x, tangents, pushforward) };
      },
    },
    // Op by op, so that loops of the solver are separate programs, as they are outside of it.
    whole: (_op, inputs, { body }) => withoutRecordingConstants(() => replayBody(body, inputs)),
    batch: ({ op, inputs, batched, attributes, size, batchBody }) => {
      const { body, residual, unknowns, leading } = attributes;
      const isUnknown = body.outputs.map((_, i) => i < unknowns);
      const batchedBody = batchBody(body, batched, size, isUnknown);
      const isBatched = [...isUnknown.slice(0, unknowns), ...batched];
      const all = residual.outputs.map(() => true);
      return applyAll(op, inputs, {
        ...attributes,
        body: batchedBody.body,
        residual: batchBody(residual, isBatched, size, all).body,
        leading: leading + 1,
      }).map((value, i) => (batchedBody.batched[i] ? value : { same: value }));
    },
    examples: {
      domain: [0.5, 3],
      cases: [
        {
          shapes: [[3], []],
          attributes: (inputs) => {
            const body = makeBody(inputs, ([x, y]) => [
              (x as Tensor).sqrt().mul(y as Tensor),
              // The auxiliary results of a solver have no derivative, and this one is one of them.
              (x as Tensor).sign().sum(),
            ]);
            const residual = makeBody([...resultsOf(body).slice(0, 1), ...inputs], ([u, x, y]) => [
              (u as Tensor).square().sub((x as Tensor).mul((y as Tensor).square())),
            ]);
            return { body, residual, unknowns: 1, leading: 0, name: "roots" };
          },
        },
      ],
    },
  },
  {
    gradients: ({ residual, unknowns }, statuses) => {
      const come = together(statuses.slice(0, unknowns));
      const reached = gradientsReach(residual, all(residual)).slice(unknowns);
      return reached.map((each) => (come === NONZERO || each === ZERO ? each : come));
    },
    tangents: ({ body, residual, unknowns }, statuses) => {
      const moved = together(tangentsMove(residual, [...zero(unknowns), ...statuses]));
      return body.outputs.map((_, i) => (i < unknowns ? moved : ZERO));
    },
  },
);

const all = ({ outputs }: Trace) => outputs.map(() => NONZERO);
const zero = (count: number) => Array.from({ length: count }, () => ZERO);

/** Returns the gradients of the inputs: solves Aᵀ λ = cotangents of x, and pulls −λ back through the residual. */
function pull(context: Context, x: readonly Tensor[], cotangents: Tangents): Tangents {
  const { inputs, wanted, attributes } = context;
  const { residual, leading, unknowns } = attributes;
  if (!statusesOf(cotangents).some(mayBeNonzero)) return [];
  const none = zero(unknowns).map(() => false);
  const reached = onlyWanted([...none, ...wanted], gradientsReach(residual, all(residual)));
  if (!reached.some(mayBeNonzero)) return [];
  const args = [...x, ...inputs];
  const right = joined(filled(cotangents, x), leading);
  const factors = solveSystem(context.op, transposedMap(attributes, args), right, attributes);
  const back = pullbackOfBody(residual, all(residual), reached);
  const parts = parted(factors.neg(), resultsOf(residual), leading);
  const found = unpackTangents(applyCall(callOp, [...args, ...parts], back), reached);
  return found.slice(unknowns).map((tangent) => maskedBy(tangent, maskOf(cotangents)));
}

/** Returns the tangents of x: solves A dx = −(the tangents of the residual at fixed x). */
function push(
  context: Context,
  x: readonly Tensor[],
  tangents: Tangents,
  pushforward: Pushforward,
): Tangents {
  const { inputs, attributes } = context;
  const { residual, leading, unknowns } = attributes;
  const coming = [...zero(unknowns), ...statusesOf(tangents)];
  const moved = tangentsMove(residual, coming);
  if (!moved.some(mayBeNonzero)) return [];
  const args = [...x, ...inputs];
  const forward = pushforward(residual, coming, moved);
  const types = resultsOf(residual);
  const both = applyCall(callOp, [...args, ...tensorsOf(tangents)], forward);
  const residualTangents = unpackTangents(both.slice(types.length), moved);
  const right = joined(filled(residualTangents, both.slice(0, types.length)), leading).neg();
  const map = forwardMap(attributes, args, pushforward);
  const solution = solveSystem(context.op, map, right, attributes);
  const mask = maskOf(residualTangents);
  return parted(solution, x, leading).map((value) => ({ value, mask: mask }));
}

function maskedBy(tangent: Tangents[number], mask: Tensor | undefined): Tangents[number] {
  if (tangent === undefined || mask === undefined) return tangent;
  return { value: tangent.value, mask: tangent.mask ? logicalAnd(mask, tangent.mask) : mask };
}

/** v → Aᵀ v, where A is the Jacobian of the residual with respect to the unknowns. */
function transposedMap(
  { residual, unknowns, leading }: Implicit,
  args: readonly Tensor[],
): LinearMap {
  const types = resultsOf(residual);
  const isUnknown = residual.parameters.map((_, i) => i < unknowns);
  const reached = onlyWanted(isUnknown, gradientsReach(residual, all(residual)));
  const back = pullbackOfBody(residual, all(residual), reached);
  return mapOf(residual, args, types, leading, (parts, inputs) => {
    const products = unpackTangents(replayBody(back, [...inputs, ...parts]), reached);
    return inputs
      .slice(0, unknowns)
      .map((like, i) => padded(products[i], NONZERO, like)?.value ?? like);
  });
}

/** v → A v. */
function forwardMap(
  { residual, unknowns, leading }: Implicit,
  args: readonly Tensor[],
  pushforward: Pushforward,
): LinearMap {
  const types = resultsOf(residual);
  const coming = residual.parameters.map((_, i) => (i < unknowns ? NONZERO : ZERO));
  const moved = tangentsMove(residual, coming);
  const forward = pushforward(residual, coming, moved);
  return mapOf(residual, args, args.slice(0, unknowns), leading, (parts, inputs) => {
    const both = replayBody(forward, [...inputs, ...parts]);
    const products = unpackTangents(both.slice(types.length), moved);
    return both
      .slice(0, types.length)
      .map((like, i) => padded(products[i], NONZERO, like)?.value ?? like);
  });
}

/** Returns a map of leaves as a map of vectors, which are leaves of the given types. */
function mapOf(
  residual: Trace,
  args: readonly Tensor[],
  types: readonly Pick<Tensor, "shape" | "dtype" | "weak">[],
  leading: number,
  map: (parts: readonly Tensor[], inputs: readonly Tensor[]) => readonly Tensor[],
): LinearMap {
  const shape = [...examplesOf(types, leading), countOf(types, leading)];
  const dtype = types.some((type) => type.dtype === "float64") ? "float64" : "float32";
  const body = makeBody(
    [{ shape, dtype, weak: false }, ...residual.parameters],
    ([v, ...inputs]) => [joined(map(parted(v as Tensor, types, leading), inputs), leading)],
  );
  return { body, args };
}
