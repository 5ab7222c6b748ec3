/**
 * Tests whether a body is linear in some of its inputs, as far as its ops tell: a rule of `customGradient` may be
 * transposed only if it is.
 */

import { apply } from "../graph/apply.ts";
import { pullbackOf } from "../graph/op.ts";
import { withoutRecordingConstants } from "../graph/recording.ts";
import { spreadBack, spreadForward } from "../graph/spread.ts";
import {
  bodiesOf,
  constantNode,
  isComputed,
  nodeAt,
  type Operation,
  projectionsByOperation,
  resultTypes,
  type Trace,
} from "../graph/trace.ts";
import type { TensorType } from "../graph/types.ts";
import { untilSteady } from "../ops/bodies.ts";
import { isFloat } from "../tensor/dtype.ts";
import { numberAt, sizeOf } from "../tensor/shape.ts";
import { onlyElement, patterned } from "../tensor/symbolicConstant.ts";
import { stored, type Tensor } from "../tensor/tensor.ts";

/**
 * True if an op computes with the elements of input k. A barrier only waits for further inputs; a check only tests
 * them.
 */
function countsInput({ op }: Operation, k: number): boolean {
  return k === 0 || op.kernel?.kind !== "passing";
}

/** Returns for each input: true if a wanted result (default: any result) is computed from its elements. */
export function inputsThatCount(
  body: Trace,
  wanted: readonly boolean[] = body.outputs.map(() => true),
): boolean[] {
  const marks = spreadBack(body, wanted.map(Number), 0, (node, inputMarks) =>
    inputsOf(
      node,
      inputMarks.map((mark) => mark > 0),
    ).map(Number),
  );
  return marks.map((mark) => mark > 0);
}

/** Returns for each input of an operation: true if a wanted result is computed from it. */
function inputsOf(node: Operation, wanted: readonly boolean[]): boolean[] {
  const { attributes, inputs } = node;
  const bodies = bodiesOf(attributes);
  if (bodies.length === 0) return inputs.map((_, k) => countsInput(node, k));
  const carries = carriesOf(node);
  const inner = bodies.map((body) => {
    const outputs = body.outputs.map((_, i) => wanted[i] === true);
    // The body of a loop runs again on its first results.
    return inputsThatCount(
      body,
      untilSteady(outputs, (now) => {
        const counts = inputsThatCount(body, now);
        return now.map((is, i) => is || (i < carries && counts[i] === true));
      }),
    );
  });
  const offset = inputs.length - (bodies[0]?.parameters.length ?? 0);
  return inputs.map((_, k) => k < offset || inner.some((each) => each[k - offset] === true));
}

/** The mark of a value that depends on the marked inputs through ops with derivatives. */
const DEPENDS = 1;
/** The mark of a value that depends on them through an op without a derivative. */
const FLAT = 2;

/**
 * True if results depend on the marked inputs through ops without a derivative, such as a comparison or a conversion to
 * int32. Such a body is not linear, although none of its derivatives shows it.
 */
export function dependsWithoutSlope(body: Trace, depends: readonly boolean[]): boolean {
  const marks = slopeMarks(body, depends.map(Number));
  return body.outputs.some((id) => numberAt(marks, id) === FLAT);
}

function slopeMarks(body: Trace, initial: readonly number[]): number[] {
  return spreadForward(body, initial, 0, (node, marks) => markOf(body, node, marks));
}

function markOf(
  trace: Trace,
  node: Operation,
  inputMarks: readonly number[],
): number | readonly number[] {
  const { op, attributes } = node;
  const marks = inputMarks.map((mark, k) => (countsInput(node, k) ? mark : 0));
  const bodies = bodiesOf(attributes);
  if (bodies.length > 0) return marksOfBodies(node, bodies, marks);
  if (marks.includes(FLAT)) return FLAT;
  if (!marks.includes(DEPENDS)) return 0;
  const { derivative } = op;
  const flat =
    derivative?.kind === "none" ||
    (derivative?.kind === "partials" &&
      marks.some((mark, k) => mark > 0 && derivative.partials[k] === undefined));
  if (flat) return FLAT;
  // A number that is truncated to an integer has no derivative either.
  return resultTypes(node, trace).map(({ dtype }) => (isFloat(dtype) ? DEPENDS : FLAT));
}

/** Returns for each result the greatest mark that it has in a body. A marked condition marks all results. */
function marksOfBodies(
  node: Operation,
  bodies: readonly Trace[],
  marks: readonly number[],
): number[] {
  const results = (body: Trace, now: readonly number[]) => {
    const marks = slopeMarks(body, now);
    return body.outputs.map((id) => numberAt(marks, id));
  };
  const inner = bodies.map((body) =>
    results(
      body,
      steadyInputs(node, body, marks, results, (mark, next) => Math.max(mark, next)),
    ),
  );
  const offset = node.inputs.length - (bodies[0]?.parameters.length ?? 0);
  const choice = marks.slice(0, offset).some((mark) => mark > 0) ? FLAT : 0;
  return (inner[0] ?? []).map((_, i) =>
    Math.max(choice, ...inner.map((marks) => numberAt(marks, i))),
  );
}

/**
 * Returns the number of first results of a body that are the first inputs of its next run, if it is the step of a loop.
 */
function carriesOf({ op, attributes }: Operation): number {
  return op.bodies?.carries?.(attributes) ?? 0;
}

/** Returns what is known of the inputs of a body in all of its runs, from what is known of the operation's. */
function steadyInputs<Known>(
  node: Operation,
  body: Trace,
  known: readonly Known[],
  results: (body: Trace, inputs: readonly Known[]) => readonly Known[],
  both: (before: Known, after: Known) => Known,
): readonly Known[] {
  const carries = carriesOf(node);
  return untilSteady(known.slice(node.inputs.length - body.parameters.length), (now) => {
    const next = results(body, now);
    return now.map((known, k) => (k < carries ? both(known, next[k] ?? known) : known));
  });
}

/**
 * Returns for each result of a body whether it is zeros if the given inputs are, whatever the others are: zero times
 * infinity counts as zero, as in the unrolled computation, where the product does not occur.
 */
export function zerosFor(body: Trace, isZero: readonly boolean[]): boolean[] {
  const marks = zeroMarks(body, isZero);
  const isEmpty = (id: number) => sizeOf(nodeAt(body.nodes, id).shape) === 0;
  return body.outputs.map((id) => isEmpty(id) || numberAt(marks, id) === ZEROS);
}

/** Returns a body in which values that are zero if the marked inputs are zero are constants of zeros. */
export function withZeros(body: Trace, isZero: readonly boolean[]): Trace {
  const marks = zeroMarks(body, isZero);
  const projections = projectionsByOperation(body);
  const nodes = body.nodes.map((node, id) => {
    // A multi-output operation stays, because its projections refer to it.
    const computed = isComputed(node) && !projections.has(id);
    return computed && marks[id] === ZEROS ? constantNode(node, zerosOf(node)) : node;
  });
  return { ...body, nodes };
}

const ZEROS = 1;

/** Returns the mark of each value: ZEROS or 0. Values without elements count as zeros. */
function zeroMarks(body: Trace, isZero: readonly boolean[]): number[] {
  const isEmpty = ({ shape }: TensorType) => sizeOf(shape) === 0;
  const rule = (node: Operation, marks: readonly number[]) => {
    const zero = marks.map(
      (mark, k) => mark === ZEROS || isEmpty(nodeAt(body.nodes, numberAt(node.inputs, k))),
    );
    return zeroResults(body, node, zero).map(Number);
  };
  const inputs = body.parameters.map((type, k) => Number(isZero[k] === true || isEmpty(type)));
  return spreadForward(body, inputs, 0, rule, (tensor) =>
    Number(isEmpty(tensor) || onlyElement(tensor, "customGradient") === 0),
  );
}

/** Returns for each result of an operation whether it is zeros if some inputs are. */
function zeroResults(body: Trace, node: Operation, zero: readonly boolean[]): boolean[] {
  const { op, attributes } = node;
  const { derivative } = op;
  const bodies = bodiesOf(attributes);
  if (bodies.length > 0) {
    const carries = carriesOf(node);
    const inner = bodies.map((body) => {
      const steady = steadyInputs(node, body, zero, zerosFor, (is, next) => is && next);
      return zerosFor(body, steady).map((is, i) => is && (i >= carries || steady[i] === true));
    });
    return (inner[0] ?? []).map((_, i) => inner.every((each) => each[i]));
  }
  switch (derivative?.kind) {
    case "linear":
      return [zero.every((is, k) => is || pullbackOf(derivative, k) === undefined)];
    case "multilinear":
      return [zero.includes(true)];
    default:
      return [
        op.linearIn?.some((k) => zero[k]) === true ||
          op.linearTogether?.every((k) => zero[k]) === true ||
          (op.broadcasts === "elements" && !zero.includes(false) && isZeroOfZeros(body, node)),
      ];
  }
}

/** True if an elementwise op of floats gives zero where all inputs are zero, as sums and differences do. */
function isZeroOfZeros({ nodes }: Trace, { op, inputs, attributes, dtype }: Operation): boolean {
  if (!isFloat(dtype)) return false;
  const zeros = inputs.map((id) => stored([], nodeAt(nodes, id).dtype, 0));
  return withoutRecordingConstants(() => apply(op, zeros, attributes).item()) === 0;
}

function zerosOf({ shape, dtype, weak }: TensorType): Tensor {
  return patterned(shape, dtype, { kind: "value", value: 0 }, weak);
}
