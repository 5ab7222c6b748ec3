/**
 * The loss of sequences whose labels are not aligned with their steps: connectionist temporal classification.
 */

import {
  arange,
  DTypeError,
  full,
  log,
  pad,
  ShapeError,
  scan,
  stack,
  type Tensor,
  type TensorLike,
  takeAlongAxis,
  transpose,
  where,
  zeros,
} from "@graddiff/core";
import {
  checked,
  flag,
  formatShape,
  nonNegativeInteger,
  optional,
  promoteInputs,
  refuseSurplus,
  sameShape,
  toTensor,
} from "@graddiff/core/extend";
import { at, elementsAlong } from "../basics.ts";
import {
  checkMask,
  type LossOptions,
  lossReader,
  ofRows,
  reduceLosses,
  selected,
} from "./reducing.ts";

/** The options of {@link ctcLoss}. */
export interface CtcLossOptions extends LossOptions {
  /** The number of steps of each sequence that count: int32, [batch]. Default: all. */
  readonly inputLengths?: Tensor;
  /** The number of labels of each target that count: int32, [batch]. Default: all. */
  readonly targetLengths?: Tensor;
  /** The class that means no label. Default 0. */
  readonly blank?: number;
  /** True if the loss of a target that no path can produce is 0 instead of infinite. Default false. */
  readonly zeroInfinity?: boolean;
}

const readOptions = lossReader({
  inputLengths: optional<Tensor | undefined>(toTensor, undefined),
  targetLengths: optional<Tensor | undefined>(toTensor, undefined),
  blank: optional(nonNegativeInteger, 0),
  zeroInfinity: optional(flag, false),
});

/** The finite number that represents the logarithm of 0: differences of it are not NaN, and its exponential is 0. */
const NEVER = -1e30;

/** Returns an argument if it is int32 of a shape. @throws ShapeError or DTypeError otherwise. */
function whole(op: string, argument: string, given: Tensor, shape: readonly (number | string)[]) {
  const wanted = shape.map((length, axis) =>
    typeof length === "number" ? length : (given.shape[axis] ?? -1),
  );
  const isInt = given.dtype === "int32";
  if (isInt && sameShape(given.shape, wanted)) return given;
  const Kind = isInt ? ShapeError : DTypeError;
  const expected = `int32 of shape [${shape.join(", ")}]`;
  throw new Kind({
    op,
    argument,
    expected,
    got: `${given.dtype} of shape ${formatShape(given.shape)}`,
  });
}

/**
 * Returns the number of elements of an axis that count, for each example. @throws ArgumentError for a length beyond the
 * axis.
 */
function lengthsOf(
  op: string,
  argument: string,
  given: Tensor,
  batch: number,
  most: number,
): Tensor {
  const expected = `integers from 0 to ${most}`;
  return checked(whole(op, argument, given, [batch]), {
    op,
    argument,
    low: 0,
    high: most,
    expected,
  });
}

/** True if each index of an axis is below the length of its example: [batch, count]. */
function below(lengths: Tensor, count: number): Tensor {
  return arange(0, count, { dtype: "int32" }).less(lengths.reshape([-1, 1]));
}

/** Returns rows with `count` elements of a value inserted before them. */
function behind(rows: Tensor, count: number, value: number): Tensor {
  const widths = [0, count].map((ahead) => [ahead, 0] as const);
  return pad(rows, widths, { value });
}

/** Returns log(eˣ + eʸ + eᶻ) for numbers that may be {@link NEVER}. */
function logSum(first: Tensor, ...others: readonly Tensor[]): Tensor {
  const greatest = others.reduce((most, other) => most.maximum(other), first).stopGradient();
  const sum = others.reduce(
    (all, other) => all.add(other.sub(greatest).exp()),
    first.sub(greatest).exp(),
  );
  return log(sum).add(greatest);
}

/**
 * Returns the connectionist temporal classification loss, −log of the probability of the target. The probability is the
 * sum over all sequences of classes that give the target after repeated classes are merged and blanks are removed
 * (Graves et al., "Connectionist Temporal Classification", 2006). One loop over the steps computes the sum; it has
 * derivatives of both modes and every order.
 *
 * With reduction "mean" the loss of each sequence is divided by the number of its labels first, at least 1, as in PyTorch.
 *
 * @param logProbabilities [batch, length, classes], as `logSoftmax(x)` gives them. (PyTorch has [length, batch, classes].)
 *   int32 and bools become the default float dtype.
 * @param targets int32, [batch, labels]: classes other than `blank`, padded by anything after `targetLengths`.
 * @param options `inputLengths` and `targetLengths` (int32, [batch]; default all), `blank` (default 0), `zeroInfinity`
 *   (false). `reduction` ("mean", "sum" or "none"; default "mean"), `mask` (bools that broadcast to [batch], true where
 *   a sequence takes part).
 * @returns a scalar; with reduction "none" the shape [batch]. A target that no sequence of this length can produce has an
 *   infinite loss and a gradient of 0.
 * @throws ShapeError for shapes that do not fit, and for a mean of no sequences; DTypeError for targets or lengths that are
 *   not int32; ArgumentError for a blank, a label or a length out of range (a compiled function throws it when it runs).
 * @example
 * ```ts
 * import { logSoftmax, tensor } from "@graddiff/core";
 * import { ctcLoss } from "@graddiff/nn";
 *
 * const scores = tensor([[[2, 0], [0, 2], [2, 0]]]); // a blank, a label, a blank
 * const targets = tensor([[1]], { dtype: "int32" });
 * console.log(ctcLoss(logSoftmax(scores), targets).toString({ digits: 3 })); // 0.0989
 * ```
 */
export function ctcLoss(
  logProbabilities: TensorLike,
  targets: TensorLike,
  options?: CtcLossOptions,
): Tensor {
  const op = "ctcLoss";
  refuseSurplus(op, 3, arguments);
  const given = toTensor(op, "logProbabilities", logProbabilities);
  const { inputLengths, targetLengths, blank, zeroInfinity, mask, reduction } = readOptions(
    op,
    options,
  );
  const [input] = promoteInputs(op, [given], "float");
  const [batch = 0, length = 0, classes = 0] = input.shape;
  if (input.rank !== 3 || blank >= classes) {
    throw new ShapeError(
      op,
      "logProbabilities",
      `[batch, length, classes] with more than ${blank} classes, one of them the blank`,
      formatShape(input.shape),
    );
  }
  checkMask(op, mask, [batch]);
  const list = whole(op, "targets", toTensor(op, "targets", targets), [batch, "labels"]);
  const labels = at(list.shape, 1);
  const ends = targetLengths && lengthsOf(op, "targetLengths", targetLengths, batch, labels);
  const steps = inputLengths && lengthsOf(op, "inputLengths", inputLengths, batch, length);
  const isLabel = ends && below(ends, labels);
  const known = isLabel ? where(isLabel, list, blank) : list;
  // The check has only bounds: a blank between other classes is not refused as a label.
  const low = blank === 0 ? 1 : 0;
  const high = Math.max(low, blank === classes - 1 ? classes - 2 : classes - 1);
  const expected = `classes from ${low} to ${high}, beside the blank ${blank}`;
  const demand = { op, argument: "targets", low, high, expected };
  const checkedLabels = checked(known, demand, isLabel ? where(isLabel, list, low) : list);

  // The states are the labels with a blank before, between and after them.
  const between = full([batch, labels], blank, { dtype: "int32" });
  const pairs = stack([checkedLabels, between], 2).reshape([batch, 2 * labels]);
  const states = behind(pairs, 1, blank);
  const count = 2 * labels + 1;
  // A label that differs from the label before it may follow it without a blank between.
  const previous = elementsAlong(behind(states, 2, blank), 1, 0, count);
  const skips = states.notEqual(blank).logicalAnd(states.notEqual(previous));

  const ofMask = ofRows(ofRows(mask));
  const own = selected(ofMask, input, 0);
  const possible = where(own.lessEqual(NEVER), NEVER, own);
  const scores = transpose(takeAlongAxis(possible, states.expandDims(1), 2), [1, 0, 2]);
  const isInside = steps && transpose(below(steps, length)).expandDims(2);

  const isFirst = arange(0, count, { dtype: "int32" }).equal(0);
  const begin = where(isFirst, zeros([batch, count], { dtype: input.dtype }), NEVER);
  const step = (reached: Tensor, score: Tensor): Tensor => {
    const moved = behind(reached, 2, NEVER);
    const next = elementsAlong(moved, 1, 1, count);
    const skipped = where(skips, elementsAlong(moved, 1, 0, count), NEVER);
    return logSum(reached, next, skipped).add(score);
  };
  const [reached] = isInside
    ? scan(
        (carry: Tensor, x: { score: Tensor; isInside: Tensor }) => [
          where(x.isInside, step(carry, x.score), carry),
          [],
        ],
        begin,
        { score: scores, isInside },
      )
    : scan((carry: Tensor, score: Tensor) => [step(carry, score), []], begin, scores);

  const last = (ends ?? full([batch], labels, { dtype: "int32" })).mul(2).reshape([batch, 1]);
  const label = takeAlongAxis(reached, last.sub(1).maximum(0), 1);
  const total = logSum(
    takeAlongAxis(reached, last, 1),
    where(last.greater(0), label, NEVER),
  ).reshape([batch]);
  const isPossible = total.greater(NEVER / 2).logicalOr(total.notEqual(total));
  const losses = where(isPossible, total.neg(), zeroInfinity ? 0 : Number.POSITIVE_INFINITY);
  if (reduction !== "mean") return reduceLosses(op, losses, { reduction, mask });
  const sizes = last.reshape([batch]).div(2).maximum(1).cast(input.dtype);
  return reduceLosses(op, losses.div(sizes), { reduction, mask });
}
