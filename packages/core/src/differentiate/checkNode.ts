/**
 * `checkNode`: compares the gradient at a scalar node of a graph with finite differences of the graph.
 *
 * Values are computed without gradients (`graph.valuesWith`). The error bound of a central difference is its rounding error
 * plus its truncation error.
 */

import { refuseSurplus } from "../arguments.ts";
import { nodeOf } from "../draw/changes.ts";
import { Graph } from "../draw/graph.ts";
import { ArgumentError, describe } from "../errors.ts";
import { scalar, type Tensor } from "../tensor/tensor.ts";
import { breakOf, isSuspect, type Sides, type Stencil, sidesOf, stencilOf } from "./slopes.ts";

/** The result of comparing a gradient with a numerical derivative. */
export type NodeVerdict =
  /** The number of decimal digits in which both agree, from 1 to 15. */
  | { readonly kind: "agrees"; readonly digits: number }
  /** Both differ by more than rounding explains, or the gradient is not between the slopes at a corner. */
  | { readonly kind: "differs" }
  /** Both are below the noise of the difference. */
  | { readonly kind: "small" }
  /** The function curves so much within the step that the difference says nothing. */
  | { readonly kind: "coarse" }
  /** The slopes on both sides differ however small the step is, and the gradient is one of them or between them. */
  | { readonly kind: "corner" }
  /** The gradient or the difference is infinite or NaN. */
  | { readonly kind: "none" };

/** The findings of {@link checkNode} at a node of value x, where the result is f(x). */
export interface NodeCheck {
  /** The gradient that the graph has at the node. */
  readonly gradient: number;
  /** (f(x + h) − f(x − h)) / 2h. */
  readonly difference: number;
  /** The step h that was used: x ± h are rounded. */
  readonly step: number;
  /** The slope below x, by differences with x − h and x − 2h. */
  readonly left: number;
  /** The slope above x, by differences with x + h and x + 2h. */
  readonly right: number;
  /** The result of the comparison. */
  readonly verdict: NodeVerdict;
}

/** If the slopes of both sides differ by more than this part of one of them, the function curves within the step. */
const COARSE = 0.1;

/**
 * Compares the gradient of the result with respect to one number of a graph with finite differences. That number is
 * adjusted by one and by two steps to both sides. Differences have some 8 to 10 digits in float64, and 4 in float32.
 *
 * @param graph that of `explain`, or one that was adjusted.
 * @param node the name or the id of a node.
 * @returns undefined where the node or the result is no scalar, where the node has no gradient, and for a graph that was
 *   not run. Slopes that are infinite, as at 0 of `sqrt(abs(x))`, are no corner.
 * @throws ArgumentError for a name that no node or more than one has, with a list of the ids.
 * @example
 * ```ts
 * import { checkNode, explain, type Tensor } from "@graddiff/core";
 *
 * const graph = explain((x: Tensor) => x.relu().mul(3).add(x.abs()))(0);
 * const { verdict, left, right } = checkNode(graph, "x") ?? {};
 * console.log(verdict?.kind, left, right); // corner -1 4
 * console.log(checkNode(graph.adjusted({ x: 2 }), "x")?.verdict); // { kind: 'agrees', digits: 10 }
 * ```
 * @see Richardson's extrapolation of the one-sided slopes, Philosophical Transactions A 210, 1911.
 */
export function checkNode(graph: Graph, node: string | number): NodeCheck | undefined {
  refuseSurplus("checkNode", 2, arguments);
  if (!(graph instanceof Graph)) {
    const expected = "a Graph, as explain gives it";
    throw new ArgumentError("checkNode", "graph", expected, describe(graph));
  }
  const { id, value, gradient, difference } = nodeOf("checkNode", "node", graph.nodes, node);
  const result = graph.nodes[graph.output]?.value;
  if (value?.rank !== 0 || gradient?.rank !== 0 || result?.rank !== 0) return undefined;
  const [x, slope] = [value.item(), gradient.item()];
  const { epsilon, unit } = precisionOf(graph);
  // The graph adds an earlier difference together with the step, so the step must not be lost by rounding beside it.
  const step = unit * Math.max(1, Math.abs(x), Math.abs(difference?.item() ?? 0));
  // An infinite number has no comparison.
  if (!Number.isFinite(2 * step)) {
    const nothing = {
      difference: Number.NaN,
      step: Number.NaN,
      left: Number.NaN,
      right: Number.NaN,
    };
    return { gradient: slope, ...nothing, verdict: { kind: "none" } };
  }
  const rounding = (epsilon / 2) * roundedSize(graph);
  const valuesAt = (by: number) => graph.valuesWith(new Map([[id, scalar(by)]]));
  const at = (by: number) => {
    const values = valuesAt(by);
    return {
      offset: (values[id]?.item() ?? Number.NaN) - x,
      value: values[graph.output]?.item() ?? Number.NaN,
    };
  };
  const closer = (part: number) => stencilOf(result.item(), at, part * step);
  const stencil = closer(1);
  const [near, far] = [0, 1].map((i) => {
    const [above, below] = [stencil.right[i], stencil.left[i]];
    const width = (above?.offset ?? Number.NaN) - (below?.offset ?? Number.NaN);
    return { width, slope: ((above?.value ?? 0) - (below?.value ?? 0)) / width };
  });
  // With twice the step the truncation error is four times as large, so both differences tell the error of the first.
  const { width = Number.NaN, slope: found = Number.NaN } = near ?? {};
  const bend = Math.abs(found - (far?.slope ?? Number.NaN));
  const { left, right } = sidesOf(stencil, rounding);
  const corner = isSuspect(stencil, rounding) ? breakOf(stencil, closer, rounding) : undefined;
  const noise = (2 * rounding) / width;
  const verdict = compared(slope, found, noise + bend / 3);
  const isBent = bend > COARSE * Math.abs(found);
  const isCoarse =
    verdict.kind === "differs"
      ? isBent ||
        CLOSER.some((part) => isNearer(slope, Math.abs(slope - found), closer(part), rounding)) ||
        isRough(SIXTH.map((_, k) => valuesAt((k - 3) * LEAST * step)))
      : // What is far above the rounding is small beside the bend alone.
        verdict.kind === "small" && isBent && bend > SURE * noise;
  return {
    gradient: slope,
    difference: found,
    step: width / 2,
    left,
    right,
    verdict:
      corner?.kind === "corner"
        ? comparedAtCorner(slope, corner)
        : isCoarse
          ? { kind: "coarse" }
          : verdict,
  };
}

/** The shorter steps, as parts of the first. With the shortest, a difference has hardly any digits. */
const CLOSER = [2 ** -6, 2 ** -12, 2 ** -18, 2 ** -24, 2 ** -30] as const;

/**
 * True if a gradient that differs from a difference by `error` comes near to one with a shorter step, as it does where a
 * corner or a bend is within the longer one.
 */
function isNearer(gradient: number, error: number, stencil: Stencil, rounding: number): boolean {
  const [above, below] = [stencil.right[0], stencil.left[0]];
  const width = above.offset - below.offset;
  const found = (above.value - below.value) / width;
  return Math.abs(gradient - found) + (2 * rounding) / width <= COARSE * error;
}

/** The shortest step, as a part of the first. */
const LEAST = 2 ** -30;
/** The weights of the sixth difference. */
const SIXTH = [1, -6, 15, -20, 15, -6, 1] as const;
/** The part of a value from which its sixth difference shows that neighbouring values have no digits in common. */
const ROUGH = 2 ** -10;

/**
 * True if a value on the way has hardly a digit in common with those of neighbouring arguments, as cos(x) for x = 10⁴⁰,
 * which are many periods apart: no difference tells anything there.
 *
 * @param values of all nodes, for seven arguments side by side.
 */
function isRough(values: readonly (readonly Tensor[])[]): boolean {
  return (
    values[0]?.some((first, node) => {
      if (first.rank > 0) return false;
      const all = values.map((each) => each[node]?.item() ?? Number.NaN);
      const sixth = SIXTH.reduce<number>((sum, weight, k) => sum + weight * (all[k] ?? 0), 0);
      return Math.abs(sixth) > ROUGH * Math.max(...all.map(Math.abs));
    }) === true
  );
}

/** The distance of neighbouring numbers around 1, and its cube root, about: the best step of a central difference. */
const PRECISIONS = {
  float64: { epsilon: 2 ** -52, unit: 2 ** -17 },
  float32: { epsilon: 2 ** -23, unit: 2 ** -8 },
} as const;

/** Returns the precision of the coarser dtype of the graph. */
function precisionOf({ nodes }: Graph) {
  return PRECISIONS[nodes.some(({ dtype }) => dtype === "float32") ? "float32" : "float64"];
}

/**
 * Returns the change of the result by rounding, to first order, in units of half a distance of neighbouring numbers
 * around 1: each op rounds its value, and that error times the gradient of the value is added to the result.
 */
function roundedSize({ nodes }: Graph): number {
  let sum = 0;
  for (const { op, value, gradient, difference } of nodes) {
    if (op === undefined || value === undefined || gradient === undefined) continue;
    if (value.rank === 0) {
      // The value may have been larger before a difference was added to it.
      const size = Math.abs(value.item()) + Math.abs(difference?.item() ?? 0);
      sum += size * Math.abs(gradient.item());
    } else {
      const [values, gradients] = [value.data(), gradient.data()];
      for (let i = 0; i < values.length; i++) {
        sum += Math.abs(Number(values[i]) * Number(gradients[i]));
      }
    }
  }
  return sum;
}

/** The multiple of the noise from which a difference is wrong. */
const SURE = 10;
/** The digits of a float64 number, the bound where there is no noise: at 0 nothing is rounded. */
const MOST_DIGITS = 15;
/** The least digits in which a slope must be known to contradict a gradient. */
const LEAST_DIGITS = 3;

/** Compares a gradient with a numerical derivative that may be wrong by `noise`. */
export function compared(gradient: number, difference: number, noise: number): NodeVerdict {
  const error = Math.abs(gradient - difference);
  if (!Number.isFinite(error) || !Number.isFinite(noise)) return { kind: "none" };
  const size = Math.max(Math.abs(gradient), Math.abs(difference));
  if (size <= noise) return { kind: "small" };
  // Nothing can agree in more digits than the difference has.
  const digits = digitsOf(Math.max(error, noise) / size);
  if (digits >= LEAST_DIGITS) return { kind: "agrees", digits };
  if (error > SURE * noise) return { kind: "differs" };
  return digits < 1 ? { kind: "small" } : { kind: "agrees", digits };
}

/** Returns the most decimal digits in which numbers agree whose relative error is so large. */
function digitsOf(error: number): number {
  let digits = 0;
  for (let scaled = 10 * error; scaled <= 1 && digits < MOST_DIGITS; scaled *= 10) digits++;
  return digits;
}

/** Compares a gradient with the nearest slope of a corner: all between those of both sides are right. */
function comparedAtCorner(gradient: number, { left, right, noise }: Sides): NodeVerdict {
  const [least, greatest] = [Math.min(left, right), Math.max(left, right)];
  const { kind } = compared(gradient, Math.min(Math.max(gradient, least), greatest), noise);
  return kind === "differs" || kind === "none" ? { kind } : { kind: "corner" };
}
