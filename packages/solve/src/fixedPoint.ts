/**
 * `fixedPoint`: the argument that a function maps to itself.
 */

import {
  type Input,
  implicit,
  type Tensor,
  type TensorTree,
  where,
  whileLoop,
} from "@graddiff/core";
import {
  anything,
  callable,
  optional,
  optionsReader,
  positive,
  positiveInteger,
  refuseSurplus,
} from "@graddiff/core/extend";
import { dataOf } from "./data.ts";
import { readDType, refuseShape } from "./doors.ts";
import { areFinite, changes, epsilonOf, toleranceOf, whereNotFinite, whole } from "./numbers.ts";
import {
  CONVERGED,
  type Found,
  NOT_FINITE,
  Outcome,
  type Progress,
  UNFINISHED,
} from "./outcome.ts";
import { unknownsOf, vectorOf } from "./unknowns.ts";

/** The settings of {@link fixedPoint}. */
export interface FixedPointOptions<Data> {
  /** The second argument of `fn`: a tree of tensors and numbers. Default: none. */
  readonly data?: Input<Data>;
  /**
   * The dtype of the computation, "float64" (the default) or "float32", whatever the dtypes of start and `data` are.
   */
  readonly dtype?: "float64" | "float32";
  /**
   * The relative tolerance: a step is the last if it changes each unknown by less. Default 4 ε of the dtype of the
   * computation.
   */
  readonly tolerance?: number;
  /**
   * The absolute tolerance, in the units of each unknown, which is added to the relative one. Default ε times the
   * greatest magnitude that the unknown has had.
   */
  readonly absoluteTolerance?: number;
  /** The greatest number of steps. Default 1000. */
  readonly maxIterations?: number;
}

const readOptions = optionsReader({
  data: anything,
  dtype: readDType,
  tolerance: optional(positive, undefined),
  absoluteTolerance: optional(positive, undefined),
  maxIterations: optional(positiveInteger, 1000),
});

/** The result of {@link fixedPoint}. */
export class FixedPoint<X> extends Outcome {
  /** The unknowns, in the form of the start. */
  readonly x: X;

  /** @internal */
  constructor(x: X, progress: Progress, explain: () => string | undefined) {
    super(progress, explain);
    this.x = x;
  }

  /** @internal */
  protected override say(status: number): string {
    switch (status) {
      case CONVERGED:
        return "a fixed point: a step changes no unknown by more than the tolerance";
      case NOT_FINITE:
        return "fn is not finite at x";
      default:
        return "the most iterations came first: fn may not contract; start: x goes on";
    }
  }
}

/**
 * Finds x = fn(x) by applying `fn` repeatedly, which converges if `fn` is a contraction. If it does not converge, or
 * slowly, {@link root} of fn(x) − x finds the same point by Newton's method.
 *
 * The loop is one program for each shape. The fixed point is differentiable, in both modes and to all orders, with
 * respect to `data` and captured tensors, by the implicit function theorem. Its derivative with respect to the start is
 * 0. It computes and returns float64, whatever the dtypes of start and data, unless `dtype` is "float32".
 *
 * @param fn a function from the unknowns and `data` to a tree of the form of the unknowns.
 * @param start the initial unknowns, a tree of tensors and numbers.
 * @param options `data`, `dtype` (default "float64"), `tolerance` (default 4 ε), `absoluteTolerance` and `maxIterations`
 *   (default 1000).
 * @returns a {@link FixedPoint}: `x`, `status`, `iterations`, `evaluations` and `reason`.
 * @throws ShapeError for another number of results than unknowns; DTypeError for a start or results that are not floats;
 *   ArgumentError for a start that is not finite.
 * @example
 * ```ts
 * import { grad, type Tensor, tensor } from "@graddiff/core";
 * import { fixedPoint } from "@graddiff/solve";
 *
 * const a = tensor(1, { dtype: "float64" });
 * const found = (a: Tensor) => fixedPoint((x: Tensor) => x.cos().mul(a), 1).x;
 * console.log(found(a).item().toFixed(10), grad(found)(a).item().toFixed(10)); // 0.7390851332 0.4416107917
 * ```
 */
export function fixedPoint<X, Data = undefined>(
  fn: (x: X, data: Data) => unknown,
  start: Input<X>,
  options?: FixedPointOptions<Data>,
): FixedPoint<X> {
  refuseSurplus("fixedPoint", 3, arguments);
  callable("fixedPoint", "fn", fn);
  const { dtype, maxIterations, ...own } = readOptions("fixedPoint", options);
  const unknowns = unknownsOf<X>("fixedPoint", start, { wanted: dtype });
  const data = dataOf<TensorTree | undefined>("fixedPoint", "data", own.data, dtype);
  const settings = {
    tolerance: toleranceOf(
      "fixedPoint",
      "tolerance",
      own.tolerance ?? 4 * epsilonOf(dtype),
      dtype,
      1,
    ),
    absolute: own.absoluteTolerance,
    maxIterations,
  };
  const applied = (x: Tensor, given: unknown) => {
    const next = vectorOf("fixedPoint", "fn", fn(unknowns.tree(x), given as Data), unknowns.dtype);
    if (next.size === unknowns.size) return next;
    const expected = `as many results as unknowns, ${unknowns.size}`;
    return refuseShape("fixedPoint", "fn", expected, String(next.size));
  };
  const [x, progress] = implicit(
    (from: Tensor, given: TensorTree | undefined) => {
      const found = repeated((x) => applied(x, given), from, settings);
      return [found.x, found.progress] as const;
    },
    (x, _from, given) => applied(x, given).sub(x),
    { hasAux: true },
  )(unknowns.start, data);
  const solution = unknowns.tree(x);
  return new FixedPoint(solution, progress, () =>
    whereNotFinite("fn", () => fn(solution, data as Data)),
  );
}

interface State {
  readonly x: Tensor;
  /** For each unknown its greatest magnitude so far. */
  readonly reach: Tensor;
  readonly status: Tensor;
  readonly iterations: Tensor;
}

interface RepeatSettings {
  readonly tolerance: number;
  readonly absolute: number | undefined;
  readonly maxIterations: number;
}

function repeated(
  fn: (x: Tensor) => Tensor,
  start: Tensor,
  { tolerance, absolute, maxIterations }: RepeatSettings,
): Found {
  const epsilon = epsilonOf(start.dtype);
  const { x, status, iterations } = whileLoop(
    ({ status, iterations }: State) =>
      status.equal(UNFINISHED).logicalAnd(iterations.less(maxIterations)),
    (state: State) => {
      const { x } = state;
      const next = fn(x);
      const isGood = areFinite(next);
      const reach = state.reach.maximum(next.abs());
      const goesOn = changes(next.sub(x), next, tolerance, absolute ?? reach.mul(epsilon));
      const ended = where(goesOn, UNFINISHED, CONVERGED);
      return {
        x: where(isGood, next, x),
        reach,
        status: where(isGood, ended, NOT_FINITE).cast("int32"),
        iterations: state.iterations.add(1),
      };
    },
    { x: start, reach: start.abs(), status: whole(UNFINISHED), iterations: whole(0) },
  );
  return { x, progress: { status, iterations, evaluations: iterations } };
}
