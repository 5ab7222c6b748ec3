/** Warnings about draws, each by what is seen. */

import { scan, type Tensor, treeMap, valueAndGrad } from "@graddiff/core";
import { bfmi, chainsOf, essBulk, essTail, rhat } from "./diagnostics.ts";
import { double } from "./numbers.ts";
import { MAX_DEPTH } from "./nuts.ts";
import type { Transitions } from "./posterior.ts";
import type { State } from "./sample.ts";

/** The grounds of warnings. */
export interface Evidence {
  readonly draws: unknown;
  readonly stats: Transitions;
  readonly state: State;
  /** The unbounded unknowns, [chains, draws, size]. */
  readonly unknowns: Tensor;
  readonly density: (q: Tensor) => Tensor;
}

/** The step, and the standard deviation of an unknown, from which a posterior counts as improper. */
const IMPROPER = 1e30;

/** The R̂ from which chains disagree, the effective size that a chain must bring, and the least share of energies. */
const MOST_RHAT = 1.01;
const LEAST_SIZE = 100;
const LEAST_BFMI = 0.3;

/** The fewest draws of a chain that diagnostics take. */
const LEAST_DRAWS = 4;

/** Returns the sentences that evidence gives reason for. */
export function warningsOf(evidence: Evidence): string[] {
  const { stats, state, unknowns, draws } = evidence;
  const [chains = 0, count = 0] = unknowns.shape;
  if (count < LEAST_DRAWS) return [];
  const found: string[] = [];
  const improper = improperOf(state, unknowns);
  if (improper !== undefined) found.push(improper);
  const foreign = improper === undefined ? foreignGradient(evidence) : undefined;
  if (foreign !== undefined) found.push(foreign);
  const total = chains * count;
  const divergent = stats.divergent.sum().item();
  if (divergent > 0) {
    found.push(
      `${divergent} of ${total} transitions were divergent: the density bends more sharply there than steps can follow, so ` +
        "that part of it is missing. Raise target, or write the model in unknowns of like scale (not centred).",
    );
  }
  const deep = stats.depth.greaterEqual(MAX_DEPTH).cast("float64").sum().item();
  if (deep > 0) {
    found.push(
      `${deep} of ${total} transitions reached the depth of ${MAX_DEPTH}: trajectories end before they turn back, so the run ` +
        'is slow. Scale the unknowns alike, or take mass: "dense".',
    );
  }
  const shares = bfmi(stats.energy).toArray() as number[];
  const low = shares.filter((share) => share < LEAST_BFMI);
  if (low.length > 0) {
    found.push(
      `The BFMI of ${low.length} of ${chains} chains is below ${LEAST_BFMI} (${Math.min(...low).toFixed(2)}): momenta move ` +
        "chains through few energies, as of heavy tails. Write the model in other unknowns.",
    );
  }
  return [...found, ...disagreements(draws, chains)];
}

/** Returns warnings of R̂ and of effective sizes, by the names of the worst numbers. */
function disagreements(draws: unknown, chains: number): string[] {
  const rhats: [string, number][] = [];
  const sizes: [string, number][] = [];
  treeMap((leaf: Tensor, path) => {
    const name = path || "x";
    const { shape } = chainsOf("warnings", leaf);
    const flat = [rhat(leaf), essBulk(leaf), essTail(leaf)].map((x) => x.reshape([-1]).data());
    const [r, bulk, tail] = flat;
    for (let i = 0; i < (r?.length ?? 0); i++) {
      const each = shape.length === 0 ? name : `${name}[${i}]`;
      // NaN is of numbers that never change, such as constants that are returned.
      if ((r?.[i] ?? 0) > MOST_RHAT) rhats.push([each, r?.[i] ?? 0]);
      const least = Math.min(bulk?.[i] ?? 0, tail?.[i] ?? 0);
      if (least < LEAST_SIZE * chains) sizes.push([each, least]);
    }
    return leaf;
  }, draws);
  const found: string[] = [];
  const worst = rhats.toSorted(([, a], [, b]) => b - a)[0];
  if (worst !== undefined) {
    found.push(
      `R̂ of ${counted(rhats.length)} is above ${MOST_RHAT}, that of ${worst[0]} is ${worst[1].toFixed(3)}: the chains do not ` +
        "agree. Take more warmup and draws; chains that stay apart have found several modes.",
    );
  }
  const least = sizes.toSorted(([, a], [, b]) => a - b)[0];
  if (least !== undefined) {
    found.push(
      `The effective size of ${counted(sizes.length)} is below ${LEAST_SIZE} a chain, that of ${least[0]} is ` +
        `${least[1].toFixed(0)}: means and quantiles are uncertain. Take more draws.`,
    );
  }
  return found;
}

const counted = (count: number) => (count === 1 ? "1 number" : `${count} numbers`);

/** Returns the warning of a density that has no finite integral. */
function improperOf({ chains }: State, unknowns: Tensor): string | undefined {
  const steps = Math.max(...chains.map(({ stepSize }) => stepSize.item()));
  const reach = Math.max(
    unknowns.abs().max().item(),
    ...chains.map(({ metric }) => Math.sqrt(metric.inverse.max().item())),
  );
  if (steps < IMPROPER && reach < IMPROPER) return undefined;
  const what = steps < IMPROPER ? "chains run away" : `the step is ${steps.toPrecision(2)}`;
  return (
    `The posterior seems to be improper: ${what}, so the density does not decrease in some direction. Give each unknown a ` +
    "prior that the data need not replace."
  );
}

/** The points of the quadrature between two draws. */
const POINTS = 65;

/**
 * Returns the warning of a gradient that is not that of the density: its integral along a line between two draws is not the
 * difference of the log-densities. The quadrature is Simpson's; where it has not converged nothing is said.
 */
function foreignGradient({ unknowns, density }: Evidence): string | undefined {
  const [chains = 0, count = 0, size = 0] = unknowns.shape;
  if (size === 0) return undefined;
  const from = unknowns.at(0, count - 1);
  const to = unknowns.at(chains - 1, count >> 1);
  const direction = to.sub(from);
  const derivative = valueAndGrad(density);
  const [, { value, slope }] = scan(
    (i: Tensor, t: Tensor) => {
      const result = derivative(from.add(direction.mul(t)));
      return [i, { value: result.value, slope: result.gradient.mul(direction).sum() }];
    },
    double(0),
    double(Array.from({ length: POINTS }, (_, i) => i / (POINTS - 1))),
  );
  const slopes = Array.from(slope.data());
  const values = Array.from(value.data());
  const fine = simpson(slopes);
  const coarse = simpson(slopes.filter((_, i) => i % 2 === 0));
  const change = (values.at(-1) ?? 0) - (values[0] ?? 0);
  const off = Math.abs(fine - change);
  const isSure = Math.abs(fine - coarse) < 0.05 * off;
  // Differences of less move no acceptance by a tenth.
  if (!isSure || off < 0.1 || off < 1e-6 * Math.max(...values.map(Math.abs))) return undefined;
  return (
    `The gradient does not belong to the density: between two draws the density changes by ${change.toPrecision(3)} and the ` +
    `integral of the gradient is ${fine.toPrecision(3)}, as where stopGradient, floor or round hides a term. Energies are ` +
    "not conserved by steps of any size, and draws are wrong."
  );
}

/** Returns Simpson's integral over [0, 1] of values at equal distances. */
function simpson(values: readonly number[]): number {
  const n = values.length - 1;
  const weight = (i: number) => (i === 0 || i === n ? 1 : i % 2 === 1 ? 4 : 2);
  return values.reduce((sum, value, i) => sum + value * weight(i), 0) / (3 * n);
}
