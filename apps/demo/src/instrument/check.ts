/**
 * A check of a gradient by a numerical derivative: the graph is adjusted a little to both sides.
 */

import type { Graph } from "@graddiff/core";

/** The cube root of the distance between neighbouring numbers: the best step of a central difference. */
const STEP = 2 ** -17;

/** How a gradient compares with a numerical derivative. */
export type Verdict =
  | { readonly kind: "agrees"; readonly digits: number }
  /** They differ by more than rounding explains. */
  | { readonly kind: "differs" }
  /** Both are below the noise of the difference. */
  | { readonly kind: "small" }
  /** The function bends so much within the step that the difference tells nothing. */
  | { readonly kind: "coarse" }
  /** One of them is infinite or no number. */
  | { readonly kind: "none" };

/** A gradient beside the slope between two neighbours. */
export interface Check {
  /** (f(x + h) − f(x − h)) / 2h. */
  readonly difference: number;
  /** h, as it was possible: sums with the number are rounded. */
  readonly step: number;
  readonly verdict: Verdict;
}

/** Compares the gradient of a number with the central difference; undefined where there is none. */
export function checkGradient(graph: Graph, id: number): Check | undefined {
  const node = graph.nodes[id];
  const gradient = node?.gradient;
  if (gradient === undefined || gradient.rank > 0 || node?.value === undefined) return undefined;
  const output = graph.nodes[graph.output]?.value;
  if (output === undefined || output.rank > 0) return undefined;
  // What was added to a value in the middle is added once more with the step, which must not be lost beside it.
  const added = Math.abs(node.difference?.item() ?? 0);
  const step = STEP * Math.max(1, Math.abs(node.value.item()), added);
  // Nothing stands beside an infinite number.
  if (!Number.isFinite(2 * step)) {
    return { difference: Number.NaN, step: Number.NaN, verdict: { kind: "none" } };
  }
  const rounding = roundingOf(graph);
  const near = centralDifference(graph, id, step, rounding);
  // With twice the step it is wrong by four times as much, so the two tell how wrong the first is.
  const far = centralDifference(graph, id, 2 * step, rounding);
  const bend = Math.abs(near.slope - far.slope);
  const verdict = compared(gradient.item(), near.slope, near.rounding + bend / 3);
  const isCoarse = verdict.kind === "differs" && bend > COARSE * Math.abs(near.slope);
  return {
    difference: near.slope,
    step: near.step,
    verdict: isCoarse ? { kind: "coarse" } : verdict,
  };
}

/**
 * What rounding changes in a result, to first order: each op rounds its value by half of the distance between
 * neighbouring numbers, which reaches the result times the gradient of that value.
 */
function roundingOf({ nodes }: Graph): number {
  let sum = 0;
  for (const { op, value, gradient, difference } of nodes) {
    if (op === undefined || value === undefined || gradient === undefined) continue;
    if (value.rank === 0) {
      // Before a difference was added to it, the value may have been larger.
      const size = Math.abs(value.item()) + Math.abs(difference?.item() ?? 0);
      sum += size * Math.abs(gradient.item());
    } else {
      const [values, gradients] = [value.data(), gradient.data()];
      for (let i = 0; i < values.length; i++) {
        sum += Math.abs(Number(values[i]) * Number(gradients[i]));
      }
    }
  }
  return (Number.EPSILON / 2) * sum;
}

interface Difference {
  readonly slope: number;
  readonly step: number;
  /** What rounding both results changes in the slope. */
  readonly rounding: number;
}

function centralDifference(graph: Graph, id: number, step: number, rounding: number): Difference {
  const at = (by: number) => {
    const { nodes, output } = graph.adjusted({ [id]: by });
    return [nodes[id]?.value?.item() ?? Number.NaN, nodes[output]?.value?.item() ?? Number.NaN];
  };
  const [[right = 0, above = 0], [left = 0, below = 0]] = [at(step), at(-step)];
  const width = right - left;
  return {
    slope: (above - below) / width,
    step: width / 2,
    rounding: (2 * rounding) / width,
  };
}

/** Slopes that differ by more than this part of one of them are those of a function that bends within the step. */
const COARSE = 0.1;

/** Wrong by more than so many times the noise is wrong. */
const SURE = 10;
/** All that a number has: at 0 nothing is rounded, and there is no noise. */
const MOST_DIGITS = 15;
/** A slope that is known in no more digits than that tells nothing against a gradient. */
const LEAST_DIGITS = 3;

/** Compares a gradient with a numerical derivative that may be wrong by `noise`. */
export function compared(gradient: number, difference: number, noise: number): Verdict {
  const error = Math.abs(gradient - difference);
  if (!Number.isFinite(error) || !Number.isFinite(noise)) return { kind: "none" };
  const size = Math.max(Math.abs(gradient), Math.abs(difference));
  if (size <= noise) return { kind: "small" };
  // Nothing can agree in more digits than the difference has.
  const digits = Math.min(MOST_DIGITS, Math.floor(-Math.log10(Math.max(error, noise) / size)));
  if (digits >= LEAST_DIGITS) return { kind: "agrees", digits };
  if (error > SURE * noise) return { kind: "differs" };
  return digits < 1 ? { kind: "small" } : { kind: "agrees", digits };
}
