/**
 * The derivative of a loop is a loop: forward mode carries the tangents along, and reverse mode runs over the steps in
 * reverse order and carries the cotangents.
 */

import { linearizeBody } from "../differentiate/bodies.ts";
import {
  masksOf,
  maskValue,
  padded,
  statusesOf,
  tensorsOf,
  unpackTangents,
  valuesOf,
} from "../differentiate/tangents.ts";
import { DerivativeError, warn } from "../errors.ts";
import type { JointContext, JointDerivative, Linearized, Tangents } from "../graph/joint.ts";
import { gradientsReach, tangentsMove } from "../graph/reach.ts";
import { replayBody } from "../graph/replay.ts";
import {
  either,
  MASKED,
  mayBeNonzero,
  NONZERO,
  onlyWanted,
  type TangentStatus,
  ZERO,
} from "../graph/tangentStatus.ts";
import type { TensorType } from "../graph/types.ts";
import { makeBody, resultsOf, untilSteady } from "../ops/bodies.ts";
import { logicalOr } from "../ops/comparison.ts";
import { zerosLike } from "../tensor/create.ts";
import { BYTES, isFloat } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  applyScan,
  bodyTypes,
  byRole,
  cut,
  groupsOf,
  joinGroups,
  loopOf,
  type Scanned,
} from "./loop.ts";
import { applySegments, applyStoppingSegments, rootOf } from "./segments.ts";

/** Returns for each carry the status of the cotangents that steps pass back, from the statuses of all results. */
function handedBack(
  { body, carries }: Scanned,
  statuses: readonly TangentStatus[],
): readonly TangentStatus[] {
  return untilSteady(firstOf(statuses, carries), (now) => {
    const reached = gradientsReach(body, [...now, ...statuses.slice(carries)]);
    return now.map((status, i) => either(status, reached[i] ?? ZERO));
  });
}

/** Returns for each carry the status of the tangents that steps pass on, from the statuses of all inputs. */
function handedOn(
  { body, carries }: Scanned,
  statuses: readonly TangentStatus[],
): readonly TangentStatus[] {
  return untilSteady(firstOf(statuses, carries), (now) => {
    const moved = tangentsMove(body, [...now, ...statuses.slice(carries)]);
    return now.map((status, i) => either(status, moved[i] ?? ZERO));
  });
}

function firstOf(statuses: readonly TangentStatus[], count: number): TangentStatus[] {
  return Array.from({ length: count }, (_, i) => statuses[i] ?? ZERO);
}

/**
 * Returns the statuses of the results of steps, outside of the loop: a loop that stops may make no step, so a tangent
 * that is zero before the first step has a mask.
 */
function perhaps(
  { stops }: Scanned,
  before: readonly TangentStatus[],
  found: readonly TangentStatus[],
): readonly TangentStatus[] {
  if (!stops) return found;
  return found.map((status, i) => (status === NONZERO && before[i] !== NONZERO ? MASKED : status));
}

/**
 * Returns the tangents of these statuses. @param made whether a step was made; undefined if it is known that one was.
 */
function perhapsMade(made: Tensor | undefined, before: Tangents, found: Tangents): Tangents {
  if (made === undefined) return found;
  return found.map((tangent, i) => {
    const first = before[i];
    if (tangent === undefined || tangent.mask !== undefined) return tangent;
    if (first === undefined) return { ...tangent, mask: made };
    return first.mask === undefined ? tangent : { ...tangent, mask: logicalOr(first.mask, made) };
  });
}

/** True if a loop that stops has made a step. */
function madeBy({ stops }: Scanned, inputs: readonly Tensor[], results: readonly Tensor[]) {
  return stops ? at(results, 1).notEqual(at(inputs, 1)) : undefined;
}

/** Returns for each input of a loop the status of its gradient. */
export function scanGradients(
  attributes: Scanned,
  statuses: readonly TangentStatus[],
): TangentStatus[] {
  const { body, carries, length, rows } = attributes;
  const before = firstOf(statuses, carries);
  if (length === 0) return before;
  const handed = handedBack(attributes, statuses);
  const reached = gradientsReach(body, [...handed, ...statuses.slice(carries)]);
  return [
    ...perhaps(attributes, before, handed),
    ...reached.slice(carries, carries + rows),
    ...perhaps(attributes, [], reached.slice(carries + rows)),
  ];
}

/** Returns for each result of a loop the status of its tangent. */
export function scanTangents(
  attributes: Scanned,
  statuses: readonly TangentStatus[],
): TangentStatus[] {
  const { carries } = attributes;
  const moved = tangentsOfSteps(attributes, statuses);
  return [
    ...perhaps(attributes, firstOf(statuses, carries), moved.slice(0, carries)),
    ...moved.slice(carries),
  ];
}

/** Returns the statuses of the tangents that one step passes to the next. */
function tangentsOfSteps(attributes: Scanned, statuses: readonly TangentStatus[]): TangentStatus[] {
  const { body, carries } = attributes;
  const handed = handedOn(attributes, statuses);
  const moved = tangentsMove(body, [...handed, ...statuses.slice(carries)]);
  return [...handed, ...moved.slice(carries)];
}

/** The masks of the tangents of all steps so far. */
const soFar = {
  start: (statuses: readonly TangentStatus[]): Tensor[] =>
    statuses.filter((status) => status === MASKED).map(() => maskValue(false)),
  next: (before: readonly Tensor[], tangentsOfYs: Tangents): Tensor[] =>
    masksOf(tangentsOfYs).map((mask, i) => logicalOr(at(before, i), mask)),
};

/** A loop that has run: its results, and by id the residuals of each step. */
interface ScanRun {
  readonly results: readonly Tensor[];
  readonly residuals: ReadonlyMap<number, Tensor>;
}

/** The plan of a pullback: which results have cotangents, and which inputs get gradients. */
interface PullbackPlan {
  /** By carry and by result of a step: the status of its cotangent. */
  readonly handed: readonly TangentStatus[];
  readonly ofYs: readonly TangentStatus[];
  /** By row and captured input: the status of its gradient. */
  readonly reached: readonly TangentStatus[];
  /** (…cotangents, …residuals) → gradients of the inputs of a step */
  readonly back: ReturnType<Linearized["pullback"]>;
  /** The ids of the values of a step that are read and that are neither rows nor captured. */
  readonly residuals: readonly number[];
}

export const scanDerivative: JointDerivative<Scanned> = {
  kind: "joint",
  vjp: (context) => {
    const { op, inputs, attributes, wanted } = context;
    const { body, length, carries, rows } = attributes;
    if (length === Number.POSITIVE_INFINITY) throw withoutEnd();
    const moving = handedOn(
      attributes,
      wanted.map((is) => (is ? NONZERO : ZERO)),
    );
    const active = wanted.map((is, k) => (k < carries ? mayBeNonzero(moving[k]) : is));
    const fixed = inputs.map((_, k) => k >= carries + rows);
    const line = linearizeBody(body, active, fixed);
    const run = (ids: readonly number[], forward = line.forward(ids)): ScanRun => {
      const all = applyScan(op, { ...attributes, inputs }, { ...attributes, body: forward });
      const [results = [], stacks = []] = cut(all, [body.outputs.length]);
      return { results, residuals: new Map(ids.map((id, i) => [id, at(stacks, i)])) };
    };
    const plan = (statuses: readonly TangentStatus[]): PullbackPlan => {
      const handed = onlyWanted(active.slice(0, carries), handedBack(attributes, statuses));
      const ofYs = statuses.slice(carries);
      const reached = onlyWanted(active, gradientsReach(body, [...handed, ...ofYs])).slice(carries);
      const back = line.pullback([...handed, ...ofYs], [...handed, ...reached]);
      const residuals = back.reads.filter(({ position }) => position < carries).map(({ id }) => id);
      return { handed, ofYs, reached, back, residuals };
    };
    const all = resultsOf(body).map(({ dtype }) => (isFloat(dtype) ? NONZERO : ZERO));
    const whole = plan(all);
    const forward = line.forward(whole.residuals);
    const bytes = residualBytes(resultsOf(forward).slice(body.outputs.length), length);
    if (bytes > saving.most && length > 3 && mayBeSegments(attributes)) {
      return vjpInSegments(context, bytes);
    }
    const first = run(whole.residuals, forward);
    const pull = (cotangents: Tangents): Tangents => {
      if (length === 0) return cotangents.slice(0, carries);
      const statuses = statusesOf(cotangents);
      const way = statuses.every((status, i) => status === all[i]) ? whole : plan(statuses);
      // The pullback of all cotangents nearly always reads every residual that the pullback of fewer reads.
      const covered = way.residuals.every((id) => first.residuals.has(id));
      const { residuals } = covered ? first : run(way.residuals);
      return pullScan(context, way, { results: first.results, residuals }, cotangents);
    };
    return {
      results: first.results,
      pull: (cotangents) => pull(cotangents).map((tangent, k) => (wanted[k] ? tangent : undefined)),
    };
  },
  jvp: ({ op, inputs, attributes }, tangents, pushforward) => {
    const { body, carries } = attributes;
    const moved = tangentsOfSteps(attributes, statusesOf(tangents));
    const [handed, ofYs] = [moved.slice(0, carries), moved.slice(carries)];
    const [values, tangentsByRole] = [byRole(inputs, attributes), byRole(tangents, attributes)];
    const [ofXs, ofCaptured] = [statusesOf(tangentsByRole.xs), statusesOf(tangentsByRole.captured)];
    const push = pushforward(body, [...handed, ...ofXs, ...ofCaptured], moved);
    const directions = tensorsOf(
      values.carry.map((value, i) => padded(tangentsByRole.carry[i], handed[i], value)),
    );
    const seen = soFar.start(ofYs);
    const carry = { values: values.carry, directions, seen };
    const xs = { values: values.xs, directions: valuesOf(tangentsByRole.xs) };
    const captured = {
      values: values.captured,
      directions: tensorsOf(tangentsByRole.captured),
      masks: masksOf(tangentsByRole.xs),
    };
    const loop = loopOf(joinGroups(carry), joinGroups(xs), joinGroups(captured));
    const step = makeBody(bodyTypes(loop), (list) => {
      const groups = byRole(list, loop);
      const before = groupsOf(groups.carry, carry);
      const row = groupsOf(groups.xs, xs);
      const fixed = groupsOf(groups.captured, captured);
      const along = [
        ...unpackTangents(before.directions, handed),
        ...unpackTangents([...row.directions, ...fixed.masks], ofXs),
        ...unpackTangents(fixed.directions, ofCaptured),
      ];
      const inputs = [...before.values, ...row.values, ...fixed.values, ...tensorsOf(along)];
      const [next = [], ys = [], slopes = []] = cut(replayBody(push, inputs), [
        carries,
        ofYs.length,
      ]);
      const found = byRole(unpackTangents(slopes, moved), { carries, rows: ofYs.length });
      const after = {
        values: next,
        directions: tensorsOf(found.carry),
        seen: soFar.next(before.seen, found.xs),
      };
      return [...joinGroups(after, carry), ...ys, ...valuesOf(found.xs)];
    });
    const all = applyScan(op, loop, { ...attributes, body: step });
    const [carried = [], ys = [], alongYs = []] = cut(all, [loop.carries, ofYs.length]);
    const last = groupsOf(carried, carry);
    const made = madeBy(attributes, inputs, last.values);
    return {
      results: [...last.values, ...ys],
      tangents: [
        ...perhapsMade(made, tangentsByRole.carry, unpackTangents(last.directions, handed)),
        ...unpackTangents([...alongYs, ...last.seen], ofYs),
      ],
    };
  },
};

/** The most bytes of residuals that the backward pass of a loop keeps; above, it recomputes steps by itself. */
export const saving = { most: 2 ** 28 };

/** Returns the bytes that values of these types take for all steps. */
function residualBytes(types: readonly TensorType[], length: number): number {
  return types.reduce((sum, { dtype, shape }) => sum + length * BYTES[dtype] * sizeOf(shape), 0);
}

/**
 * True if a loop can be cut into segments. (A loop that stops has rows only inside of derivatives, and then it cannot.)
 */
function mayBeSegments({ stops, rows, carries, body }: Scanned): boolean {
  return !stops || (rows === 0 && body.outputs.length === carries);
}

/** The names of the loops of which the warning was given. */
const warned = new Set<string>();

/** Returns the pullback of a loop that would keep too many residuals: it keeps the carries of √n steps. */
function vjpInSegments(
  { op, inputs, attributes, wanted }: JointContext<Scanned>,
  bytes: number,
): ReturnType<JointDerivative<Scanned>["vjp"]> {
  const { length, stops } = attributes;
  if (!warned.has(op.name)) {
    warned.add(op.name);
    const mebibytes = Math.ceil(bytes / 2 ** 20);
    const [loop, help] = stops
      ? [`whileLoop of at most ${length} steps`, "A smaller maxSteps spares that."]
      : [`scan of ${length} steps`, 'checkpoint: "sqrt" says so without this warning.'];
    warn(
      `The gradient of a ${loop} would keep ${mebibytes} MiB, so it computes steps anew, in segments: the same ` +
        `bits, in less memory and more time. ${help}`,
    );
  }
  const size = rootOf(length);
  const inSegments = stops ? applyStoppingSegments : applySegments;
  const body = makeBody(inputs, (inputs) => inSegments(op, inputs, attributes, size));
  const line = linearizeBody(
    body,
    wanted,
    inputs.map(() => false),
  );
  const all = resultsOf(body).map(({ dtype }) => (isFloat(dtype) ? NONZERO : ZERO));
  const pullbackOf = (statuses: readonly TangentStatus[]) => {
    const reached = onlyWanted(wanted, gradientsReach(body, statuses));
    return { reached, back: line.pullback(statuses, reached) };
  };
  const kept = pullbackOf(all)
    .back.reads.filter(({ position }) => position < 0)
    .map(({ id }) => id);
  const run = (ids: readonly number[]) => {
    const [results = [], values = []] = cut(replayBody(line.forward(ids), inputs), [
      body.outputs.length,
    ]);
    return { results, residuals: new Map(ids.map((id, i) => [id, at(values, i)])) };
  };
  const first = run(kept);
  return {
    results: first.results,
    pull: (cotangents) => {
      const { reached, back } = pullbackOf(statusesOf(cotangents));
      const ids = back.reads.filter(({ position }) => position < 0).map(({ id }) => id);
      const { residuals } = ids.every((id) => first.residuals.has(id)) ? first : run(ids);
      const reads = back.reads.map(({ id, position }) =>
        position < 0 ? (residuals.get(id) ?? at(inputs, 0)) : at(inputs, position),
      );
      return unpackTangents(replayBody(back.body, [...tensorsOf(cotangents), ...reads]), reached);
    },
  };
}

/**
 * Returns one loop over the steps in reverse order: it carries the cotangents of the carry, the sums of the captures'
 * gradients, and the masks of cotangents that only some steps have.
 */
function pullScan(
  { op, inputs, attributes }: JointContext<Scanned>,
  { handed, ofYs, reached, back }: PullbackPlan,
  { results, residuals }: ScanRun,
  cotangents: Tangents,
): Tangents {
  const { carries, rows, length, reverse, stops } = attributes;
  const values = byRole(inputs, attributes);
  // The backward pass begins with the last step that ran, and ends with the first.
  const head = stops ? [at(results, 1).notEqual(at(inputs, 1)), at(results, 1)] : [];
  const [ofXs, ofCaptured] = [reached.slice(0, rows), reached.slice(rows)];
  const cotangentsOfYs = cotangents.slice(carries);
  const carry = {
    head,
    cotangents: tensorsOf(handed.map((status, i) => padded(cotangents[i], status, at(results, i)))),
    sums: values.captured
      .filter((_, k) => mayBeNonzero(ofCaptured[k]))
      .map((input) => zerosLike(input)),
    seenOfXs: soFar.start(ofXs),
    seenOfCaptured: soFar.start(ofCaptured),
  };
  const xs = {
    residuals: [...residuals.values()],
    rows: values.xs,
    cotangents: valuesOf(cotangentsOfYs),
  };
  const captured = {
    values: values.captured,
    end: stops ? [at(inputs, 1)] : [],
    masks: masksOf(cotangentsOfYs),
  };
  const loop = loopOf(joinGroups(carry), joinGroups(xs), joinGroups(captured));
  const ids = [...residuals.keys()];
  const step = makeBody(bodyTypes(loop), (list) => {
    const groups = byRole(list, loop);
    const before = groupsOf(groups.carry, carry);
    const row = groupsOf(groups.xs, xs);
    const fixed = groupsOf(groups.captured, captured);
    const next = before.head.slice(1).map((index) => index.add(reverse ? 1 : -1));
    const come = [
      ...unpackTangents(before.cotangents, handed),
      ...unpackTangents([...row.cotangents, ...fixed.masks], ofYs),
    ];
    const reads = back.reads.map(({ id, position }) =>
      position < carries
        ? at(row.residuals, ids.indexOf(id))
        : at([...row.rows, ...fixed.values], position - carries),
    );
    const gradients = replayBody(back.body, [...tensorsOf(come), ...reads]);
    const found = byRole(unpackTangents(gradients, [...handed, ...reached]), attributes);
    const after = {
      head: next.flatMap((index) => [index.notEqual(at(fixed.end, 0)), index]),
      cotangents: tensorsOf(found.carry),
      sums: valuesOf(found.captured).map((value, i) => at(before.sums, i).add(value)),
      seenOfXs: soFar.next(before.seenOfXs, found.xs),
      seenOfCaptured: soFar.next(before.seenOfCaptured, found.captured),
    };
    return [...joinGroups(after, carry), ...valuesOf(found.xs)];
  });
  if (step.outputs.length === 0) return [];
  const all = applyScan(op, loop, { body: step, length, reverse: !reverse, stops });
  const last = groupsOf(all, carry);
  const made = madeBy(attributes, inputs, results);
  return [
    ...perhapsMade(made, cotangents.slice(0, carries), unpackTangents(last.cotangents, handed)),
    ...unpackTangents([...all.slice(loop.carries), ...last.seenOfXs], ofXs),
    ...perhapsMade(made, [], unpackTangents([...last.sums, ...last.seenOfCaptured], ofCaptured)),
  ];
}

/** Returns the error of reverse mode for a loop of any number of steps. */
function withoutEnd(): DerivativeError {
  const expected = "a number, since reverse mode keeps values of every step";
  const hint = "Say how many steps there are at most, or use forward mode: jvp";
  return new DerivativeError("whileLoop", "maxSteps", expected, "undefined", hint);
}
