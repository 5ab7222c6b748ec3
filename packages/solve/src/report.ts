/**
 * The report of least squares: cost, covariance, standard errors and undetermined unknowns. Each is computed when it is
 * read, since many calls need only x. They are computed from stored tensors, so later changes of captured values do not
 * matter.
 */

import { customGradient, full, ones, type Tensor, where } from "@graddiff/core";
import { checked } from "@graddiff/core/extend";
import { isRecorded, sizeOf } from "@graddiff/core/internal";
import { effective, type Loss } from "./losses.ts";
import { covarianceOf, standardErrorsOf, type Uncertainty, uncertaintyOf } from "./uncertainty.ts";
import type { Unknowns } from "./unknowns.ts";

/** A solution, with its residuals and their Jacobian. */
export interface Solved<X> {
  readonly op: string;
  readonly unknowns: Unknowns<X>;
  readonly x: Tensor;
  readonly loss: Loss;
  /** The residuals, the weighted residuals, and the Jacobian of the weighted residuals. */
  readonly residuals: Tensor;
  readonly weighted: Tensor;
  readonly jacobian: Tensor;
  /** True if the residuals are in units of their standard deviations. */
  readonly isAbsolute: boolean;
}

/** Returns a function that computes its result once. */
function once<Result>(fn: () => Result): () => Result {
  let known: { readonly result: Result } | undefined;
  return () => {
    known ??= { result: fn() };
    return known.result;
  };
}

export class Report<X> {
  readonly solved: Solved<X>;
  /** The solution in the form of the start. */
  readonly x: X;

  constructor(solved: Solved<X>) {
    this.solved = solved;
    const { unknowns, x } = solved;
    this.x = unknowns.tree(isRecorded(x) ? refusing(solved, this.uncertainty) : x);
  }

  get uncertainty(): Uncertainty {
    return this.#uncertainty();
  }
  readonly #uncertainty = once(() => uncertaintyOf(this.solved.jacobian));

  /** The greatest weighted residual, and the sum of the losses in units of its square. */
  readonly #spread = once(() => {
    const { weighted, loss } = this.solved;
    const greatest = weighted.abs().max().stopGradient();
    const unit = where(greatest.greater(0).logicalAnd(greatest.isFinite()), greatest, 1);
    return { unit, sum: effective(loss, weighted).div(unit).square().sum() };
  });

  get cost(): Tensor {
    return this.#cost();
  }
  readonly #cost = once(() => {
    const { unit, sum } = this.#spread();
    return sum.div(2).mul(unit).mul(unit);
  });

  /** The standard deviation of a weighted residual; infinite if there are no more residuals than unknowns. */
  get scale(): Tensor {
    const { isAbsolute, residuals, unknowns } = this.solved;
    const freedom = residuals.size - unknowns.size;
    const like = { dtype: residuals.dtype };
    if (isAbsolute) return ones([], like);
    if (freedom <= 0) return full([], Number.POSITIVE_INFINITY, like);
    const { unit, sum } = this.#spread();
    return sum.div(freedom).sqrt().mul(unit);
  }

  get covariance(): Tensor {
    return this.#covariance();
  }
  readonly #covariance = once(() => covarianceOf(this.uncertainty, this.scale));

  get standardErrors(): X {
    return this.#standardErrors();
  }
  readonly #standardErrors = once(() =>
    this.solved.unknowns.tree(standardErrorsOf(this.uncertainty, this.scale)),
  );

  get undetermined(): readonly string[] {
    return namesOf(this.solved.unknowns, this.uncertainty.isUndetermined);
  }
}

/**
 * Returns x. A derivative through it throws an ArgumentError with the names of unknowns that the residuals do not
 * determine.
 */
function refusing({ op, unknowns, x }: Solved<unknown>, { isUndetermined }: Uncertainty): Tensor {
  const same = customGradient(
    (x: Tensor, _open: Tensor) => x.mul(1),
    (cotangent, [x, open]) => {
      let from = 0;
      const one = ones([], { dtype: x.dtype });
      const factors = unknowns.leaves.map(({ name, shape }) => {
        const to = from + sizeOf(shape);
        const count = open.slice([from], [to]).sum();
        from = to;
        const argument = name.replace(/^start/, "x");
        const expected = "a solution that the residuals determine, for derivatives";
        const got = "undetermined elements:";
        return checked(one, { op, argument, low: 0, high: 0, expected, got }, count);
      });
      const whole = factors.reduce((product, factor) => product.mul(factor), one);
      return [cotangent.mul(whole), open.mul(0)];
    },
  );
  return same(x, isUndetermined.stopGradient());
}

/** Returns the names of marked unknowns: for scalars the name of the leaf, for other leaves with indices. */
function namesOf({ leaves }: Unknowns<unknown>, isMarked: Tensor): string[] {
  const marks = isMarked.data();
  let next = 0;
  return leaves.flatMap(({ name, shape }) => {
    const isWhole = name === "start" || name.startsWith("start[");
    const leaf = isWhole ? name.replace("start", "x") : name.slice("start.".length);
    const all = Array.from({ length: sizeOf(shape) }, (_, i) => `${leaf}${indicesOf(i, shape)}`);
    return all.filter(() => marks[next++] === 1);
  });
}

/** Returns the indices of an element of a shape, such as `[1, 2]`; nothing for a scalar. */
function indicesOf(element: number, shape: readonly number[]): string {
  let rest = element;
  const indices = [...shape].reverse().map((length) => {
    const index = rest % length;
    rest = (rest - index) / length;
    return index;
  });
  return shape.length === 0 ? "" : `[${indices.reverse().join(", ")}]`;
}
