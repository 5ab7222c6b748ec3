/**
 * `interpolate1d`: interpolation by a curve through points.
 */

import {
  ArgumentError,
  concat,
  diff,
  searchSorted,
  type Tensor,
  tensor,
  where,
} from "@graddiff/core";
import { describe, oneOf, optional, optionsReader, refuseSurplus } from "@graddiff/core/extend";
import { solve } from "@graddiff/core/linalg";
import { dataOf, inOrder } from "./data.ts";
import { refuseShape, refuseType } from "./doors.ts";

/** The settings of {@link interpolate1d}. */
export interface Interpolate1dOptions {
  /**
   * "linear" (the default); "pchip", cubic with slopes that keep the data's monotonicity (F. N. Fritsch and J. Butland, 1984); or
   * "cubic", the spline with two continuous derivatives.
   */
  readonly kind?: "linear" | "pchip" | "cubic";
  /**
   * The condition at both ends of "cubic": "notAKnot" (the default), where the outer two intervals have one polynomial,
   * or "natural", where the second derivative is zero.
   */
  readonly ends?: "notAKnot" | "natural";
}

const readOptions = optionsReader({
  kind: optional(oneOf("linear", "pchip", "cubic"), "linear"),
  ends: optional(oneOf("notAKnot", "natural"), undefined),
});

/**
 * Returns a function that interpolates between points (knots and values). Beyond the outer knots it continues the outer
 * polynomials. Its results have the dtype of the values. It is differentiable with respect to its argument, the knots
 * and the values.
 *
 * @param knots a vector of numbers that increase.
 * @param values a value for each knot.
 * @param options `kind` (default "linear") and, of "cubic", `ends` (default "notAKnot").
 * @returns a function from points, a tensor or a number, to a tensor of their shape.
 * @throws ShapeError for knots and values that are not vectors of one length, or fewer than two points (four with
 *   "notAKnot"); ArgumentError for knots that do not increase (in a recording when it runs), for NaN in values, and for
 *   `ends` without "cubic"; DTypeError for knots or values that are not floats.
 * @example
 * ```ts
 * import { grad, type Tensor, tensor } from "@graddiff/core";
 * import { interpolate1d } from "@graddiff/solve";
 *
 * const float64 = { dtype: "float64" } as const;
 * const knots = tensor([0, 1, 2, 3], float64);
 * const curve = interpolate1d(knots, knots.square(), { kind: "cubic" });
 * console.log(curve(1.5).item(), grad((x: Tensor) => curve(x))(tensor(2, float64)).item().toFixed(10)); // 2.25 4.0000000000
 * ```
 */
export function interpolate1d(
  knots: Tensor,
  values: Tensor,
  options?: Interpolate1dOptions,
): (x: Tensor | number) => Tensor {
  refuseSurplus("interpolate1d", 3, arguments);
  const { kind, ends } = readOptions("interpolate1d", options);
  if (ends !== undefined && kind !== "cubic") {
    const expected = 'ends with the kind "cubic" alone';
    throw new ArgumentError({
      op: "interpolate1d",
      argument: "ends",
      expected,
      got: JSON.stringify(ends),
    });
  }
  const [at, own] = readPoints(knots, values, kind === "cubic" && ends !== "natural" ? 4 : 2);
  const [h, rise] = [diff(at), diff(own)];
  const secants = rise.div(h);
  const slopes =
    kind === "linear"
      ? undefined
      : kind === "pchip"
        ? pchip(h, secants)
        : spline(h, secants, ends ?? "notAKnot");
  const last = at.size - 2;
  return (x) => {
    const input = typeof x === "number" ? tensor(x, { dtype: at.dtype }) : x;
    const i = searchSorted(at, input, { side: "right" }).sub(1).maximum(0).minimum(last);
    const [from, length] = [at.take(i), h.take(i)];
    const part = input.sub(from).div(length);
    const begin = own.take(i);
    if (slopes === undefined) return begin.add(part.mul(rise.take(i))).cast(own.dtype);
    const [first, second] = [slopes.take(i).mul(length), slopes.take(i.add(1)).mul(length)];
    const up = rise.take(i);
    // The coefficients of the cubic with these values and slopes, in powers of `part`.
    const square = up.mul(3).sub(first.mul(2)).sub(second);
    const cube = first.add(second).sub(up.mul(2));
    const above = part.mul(first.add(part.mul(square.add(part.mul(cube)))));
    return begin.add(above).cast(own.dtype);
  };
}

function readPoints(knots: Tensor, values: Tensor, least: number): readonly [Tensor, Tensor] {
  Object.entries({ knots, values }).forEach(([argument, own]) => {
    if (typeof own !== "object" || own === null || !("shape" in own)) {
      refuseType("interpolate1d", argument, "a tensor of floats", describe(own));
    }
    if (own.dtype !== "float32" && own.dtype !== "float64") {
      refuseType("interpolate1d", argument, "floats", own.dtype);
    }
    if (own.rank !== 1 || own.size < least) {
      refuseShape(
        "interpolate1d",
        argument,
        `a vector of at least ${least} numbers`,
        `[${own.shape}]`,
      );
    }
  });
  if (knots.size !== values.size) {
    refuseShape(
      "interpolate1d",
      "values",
      `a value for each of ${knots.size} knots`,
      String(values.size),
    );
  }
  const expected = "finite knots that increase";
  const at = inOrder("interpolate1d", "knots", knots, diff(knots), Number.MIN_VALUE, expected);
  return [at, dataOf<Tensor>("interpolate1d", "values", values)];
}

/** Returns slopes at the knots that keep monotonicity: weighted harmonic means of the secants on both sides. */
function pchip(h: Tensor, secants: Tensor): Tensor {
  const count = h.size;
  if (count === 1) return concat([secants, secants]);
  const [h0, h1] = [h.slice([0], [count - 1]), h.slice([1])];
  const [d0, d1] = [secants.slice([0], [count - 1]), secants.slice([1])];
  const [w0, w1] = [h1.mul(2).add(h0), h0.mul(2).add(h1)];
  const isSame = d0.mul(d1).greater(0);
  const safe = (d: Tensor) => where(isSame, d, 1);
  const mean = w0.add(w1).div(w0.div(safe(d0)).add(w1.div(safe(d1))));
  const inner = where(isSame, mean, 0);
  const end = (near: number, next: number) => {
    const [a, b] = [h.slice([near], [near + 1]), h.slice([next], [next + 1])];
    const [d, e] = [secants.slice([near], [near + 1]), secants.slice([next], [next + 1])];
    const slope = a.mul(2).add(b).mul(d).sub(a.mul(e)).div(a.add(b));
    const turns = d
      .mul(e)
      .less(0)
      .logicalAnd(slope.abs().greater(d.abs().mul(3)));
    return where(slope.mul(d).lessEqual(0), 0, where(turns, d.mul(3), slope));
  };
  return concat([end(0, 1), inner, end(count - 1, count - 2)]);
}

/** Returns the slopes of the cubic spline at the knots, for which second derivatives are continuous. */
function spline(h: Tensor, secants: Tensor, ends: "notAKnot" | "natural"): Tensor {
  const count = h.size;
  const n = count + 1;
  const rows: Tensor[][] = [];
  const right: Tensor[] = [];
  const none = h.at(0).mul(0);
  const row = (entries: Readonly<Record<number, Tensor>>) =>
    Array.from({ length: n }, (_, i) => entries[i] ?? none);
  const outer = (near: number, next: number, indices: readonly [number, number]) => {
    const [a, b, d, e] = [h.at(near), h.at(next), secants.at(near), secants.at(next)];
    const [first, second] = indices;
    if (ends === "natural") {
      rows.push(row({ [first]: none.add(2), [second]: none.add(1) }));
      right.push(d.mul(3));
    } else {
      rows.push(row({ [first]: b, [second]: a.add(b) }));
      const ofNear = a.mul(3).add(b.mul(2)).mul(b).mul(d);
      right.push(ofNear.add(a.square().mul(e)).div(a.add(b)));
    }
  };
  outer(0, count > 1 ? 1 : 0, [0, 1]);
  for (let i = 1; i < count; i++) {
    const [a, b, d, e] = [h.at(i - 1), h.at(i), secants.at(i - 1), secants.at(i)];
    rows.push(row({ [i - 1]: b, [i]: a.add(b).mul(2), [i + 1]: a }));
    right.push(b.mul(d).add(a.mul(e)).mul(3));
  }
  outer(count - 1, count > 1 ? count - 2 : 0, [n - 1, n - 2]);
  const vector = (list: readonly Tensor[]) => concat(list.map((own) => own.reshape([1])));
  return solve(concat(rows.map((own) => vector(own).reshape([1, n]))), vector(right));
}
