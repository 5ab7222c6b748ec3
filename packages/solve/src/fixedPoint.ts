/**
 * `fixedPoint`: what a function gives back as it is.
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
  checkFunction,
  countFromOne,
  optional,
  positive,
  readOptions,
  refuseShape,
  refuseSurplus,
} from "./doors.ts";
import { areFinite, changes, epsilonOf, whereNotFinite, whole } from "./numbers.ts";
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
  /** The second argument of `fn`: a tree of tensors and numbers. Default: none. Default: nothing. */
  readonly data?: Input<Data>;
  /** The relative change of each unknown below which a step is the last. Default 4 ε of the unknowns' dtype. */
  readonly tolerance?: number;
  /** The most steps. Default 1000. */
  readonly maxIterations?: number;
}

const readers = {
  data: anything,
  tolerance: optional(positive, undefined),
  maxIterations: optional(countFromOne, 1000),
};

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
 * Finds x = fn(x) by applying `fn` again and again, which converges where it brings points nearer to each other. Where it does
 * not, or slowly, {@link root} of fn(x) − x finds the same by Newton's method.
 *
 * The loop is one program for each shape, and the fixed point is differentiable, in both modes and to all orders, with
 * respect to `data` and captures. It goes by the theorem of the implicit function. It does not depend on the start.
 *
 * @param fn from the unknowns and `data` to what has their form.
 * @param start the unknowns to begin with, a tree of tensors and numbers.
 * @param options `data`, `tolerance` (default 4 ε) and `maxIterations` (default 1000).
 * @returns a {@link FixedPoint}: `x`, `status`, `iterations`, `evaluations` and `reason`.
 * @throws ShapeError for another number of results than unknowns; DTypeError for what is not floats; ArgumentError for a start
 *   that is not finite.
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
  checkFunction("fixedPoint", "fn", fn);
  const { data, tolerance, maxIterations } = readOptions("fixedPoint", options, readers);
  const unknowns = unknownsOf<X>("fixedPoint", start);
  const own = tolerance ?? 4 * epsilonOf(unknowns.dtype);
  const applied = (x: Tensor, given: unknown) => {
    const next = vectorOf("fixedPoint", "fn", fn(unknowns.tree(x), given as Data), unknowns.dtype);
    if (next.size === unknowns.size) return next;
    const expected = `as many results as unknowns, ${unknowns.size}`;
    return refuseShape("fixedPoint", "fn", expected, String(next.size));
  };
  const [x, progress] = implicit(
    (from: Tensor, given: TensorTree | undefined) => {
      const found = repeated((x) => applied(x, given), from, own, maxIterations);
      return [found.x, found.progress] as const;
    },
    (x, _from, given) => applied(x, given).sub(x),
    { hasAux: true },
  )(unknowns.start, data as TensorTree | undefined);
  const solution = unknowns.tree(x);
  return new FixedPoint(solution, progress, () =>
    whereNotFinite("fn", () => fn(solution, data as Data)),
  );
}

interface State {
  readonly x: Tensor;
  readonly status: Tensor;
  readonly iterations: Tensor;
}

function repeated(
  fn: (x: Tensor) => Tensor,
  start: Tensor,
  tolerance: number,
  most: number,
): Found {
  const { x, status, iterations } = whileLoop(
    ({ status, iterations }: State) => status.equal(UNFINISHED).logicalAnd(iterations.less(most)),
    ({ x, iterations }: State) => {
      const next = fn(x);
      const isGood = areFinite(next);
      const ended = where(changes(next.sub(x), next, tolerance), UNFINISHED, CONVERGED);
      return {
        x: where(isGood, next, x),
        status: where(isGood, ended, NOT_FINITE).cast("int32"),
        iterations: iterations.add(1),
      };
    },
    { x: start, status: whole(UNFINISHED), iterations: whole(0) },
  );
  return { x, progress: { status, iterations, evaluations: iterations } };
}
