/**
 * Start values for inputs without one: small numbers for which, if possible, all numbers of the graph are finite and no
 * input has a gradient of 0.
 */

import { explain } from "@graddiff/core";
import { build } from "./build.ts";
import type { Line } from "./program.ts";

/** The numbers that are tried; the first try has this order. */
const NUMBERS = [0.5, 1.5, 0.8, 1.2, 0.3, 2, 0.7, 1.8, 0.4, 1.1];
/** Further numbers, for functions that need larger or negative inputs. */
const OTHERS = [3, 5, -0.5, -1.5, 0.1, 10, -2, 4];

const MOST_TRIES = 50;
/** The number of tries after which further numbers are used, too. */
const NEAR_TRIES = 20;

/** Returns the inputs with their start values, in their order. */
export function startValues(
  lines: readonly Line[],
  names: readonly string[],
  given: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const free = names.filter((name) => !given.has(name));
  let best: { readonly values: Map<string, number>; readonly faults: number } | undefined;
  for (let trial = 0; trial < MOST_TRIES; trial++) {
    const numbers = numbersOf(trial);
    const values = new Map(given);
    for (const [i, name] of free.entries()) {
      // If there are more inputs than numbers, the numbers are used again, slightly larger.
      const turn = Math.floor(i / numbers.length);
      const number = (numbers[i % numbers.length] ?? 1) + turn / 20;
      values.set(name, Math.round(number * 100) / 100);
    }
    const inputs = new Map(names.map((name) => [name, values.get(name) ?? 1]));
    if (free.length === 0) return inputs;
    const faults = faultsOf(lines, inputs);
    if (faults < (best?.faults ?? Number.POSITIVE_INFINITY)) best = { values: inputs, faults };
    if (faults === 0) break;
  }
  return best?.values ?? given;
}

/**
 * Returns the numbers of a try: the first try has them in the listed order, each later one in a fixed pseudorandom
 * order.
 */
function numbersOf(trial: number): readonly number[] {
  if (trial === 0) return NUMBERS;
  const numbers = trial < NEAR_TRIES ? [...NUMBERS] : [...NUMBERS, ...OTHERS];
  let state = trial;
  for (let i = numbers.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const k = (state >>> 8) % (i + 1);
    [numbers[i], numbers[k]] = [numbers[k] ?? 0, numbers[i] ?? 0];
  }
  return numbers;
}

/** Counts the nodes that are not finite, and the inputs without a slope. */
function faultsOf(lines: readonly Line[], inputs: ReadonlyMap<string, number>): number {
  const { nodes } = explain(build({ lines, inputs }), { names: [...inputs.keys()] })(
    ...inputs.values(),
  );
  let faults = 0;
  for (const { kind, value, gradient } of nodes) {
    const slope = gradient?.item() ?? 1;
    // A number that is not finite is worse than a slope of 0.
    if (!Number.isFinite(value?.item()) || !Number.isFinite(slope)) faults += nodes.length;
    else if (kind === "input" && slope === 0) faults++;
  }
  return faults;
}
