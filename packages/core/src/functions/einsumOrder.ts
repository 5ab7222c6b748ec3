/**
 * In which order the operands of an einsum are multiplied in pairs.
 */

import { at, numberAt } from "../tensor/shape.ts";

/** The length of each label. */
export type Lengths = ReadonlyMap<string, number>;

/** Labels of axes. */
export type Order = readonly string[];

/** The most operands for which the best of all orders is found; above, pairs are chosen greedily. */
const MOST_EXACT = 6;

function elementsOf(labels: Iterable<string>, lengths: Lengths): number {
  let count = 1;
  for (const label of labels) count *= lengths.get(label) ?? 1;
  return count;
}

/** Returns the two operands that are multiplied next: the first has the smaller index. */
export function bestPair(
  operands: readonly Order[],
  output: Order,
  lengths: Lengths,
): readonly [number, number] {
  if (operands.length === 2) return [0, 1];
  return operands.length > MOST_EXACT
    ? smallestPair(operands, output, lengths)
    : firstOfBest(operands, output, lengths);
}

/**
 * Returns the pair whose result has the fewest elements more than both; of equal ones that of the fewest
 * multiplications.
 */
function smallestPair(
  operands: readonly Order[],
  output: Order,
  lengths: Lengths,
): readonly [number, number] {
  let best: readonly [number, number] = [0, 1];
  let least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  operands.forEach((first, i) => {
    operands.slice(i + 1).forEach((second, next) => {
      const j = i + 1 + next;
      const used = new Set([...output, ...operands.filter((_, k) => k !== i && k !== j).flat()]);
      const union = new Set([...first, ...second]);
      const result = [...union].filter((label) => used.has(label));
      const more =
        elementsOf(result, lengths) - elementsOf(first, lengths) - elementsOf(second, lengths);
      const costs = [more, elementsOf(union, lengths)];
      if (more > numberAt(least, 0)) return;
      if (more === least[0] && numberAt(costs, 1) >= numberAt(least, 1)) return;
      best = [i, j];
      least = costs;
    });
  });
  return best;
}

/** True if a set has one operand. */
function isSingle(set: number): boolean {
  return (set & (set - 1)) === 0;
}

/** Returns the index of the only operand of a set. */
function indexOf(set: number): number {
  return 31 - Math.clz32(set);
}

/**
 * Returns the first pair of the order with the fewest multiplications, by dynamic programming over sets of operands,
 * which are the bits of a number.
 */
function firstOfBest(
  operands: readonly Order[],
  output: Order,
  lengths: Lengths,
): readonly [number, number] {
  const all = 2 ** operands.length - 1;
  /** The labels that the product of a set has: those that the output or another operand needs. */
  const labelsOf = (set: number) => {
    const inside = operands.filter((_, i) => set & (1 << i)).flat();
    const outside = new Set([...output, ...operands.filter((_, i) => !(set & (1 << i))).flat()]);
    return new Set(inside.filter((label) => outside.has(label)));
  };
  const labels = Array.from({ length: all + 1 }, (_, set) => labelsOf(set));
  const costs = new Array<number>(all + 1).fill(0);
  const halves = new Array<number>(all + 1).fill(0);
  for (let set = 1; set <= all; set++) {
    if (isSingle(set)) {
      labels[set] = new Set(operands[indexOf(set)]);
      continue;
    }
    costs[set] = Number.POSITIVE_INFINITY;
    for (let half = (set - 1) & set; half > 0; half = (half - 1) & set) {
      const other = set ^ half;
      if (half < other) break;
      const elements = elementsOf(new Set([...at(labels, half), ...at(labels, other)]), lengths);
      const cost = elements + numberAt(costs, half) + numberAt(costs, other);
      if (cost >= numberAt(costs, set)) continue;
      costs[set] = cost;
      halves[set] = half;
    }
  }
  // Down to a set of two.
  let set = all;
  for (;;) {
    const half = numberAt(halves, set);
    const other = set ^ half;
    if (isSingle(half) && isSingle(other)) {
      const indices = [indexOf(half), indexOf(other)];
      return [Math.min(...indices), Math.max(...indices)];
    }
    set = isSingle(half) ? other : half;
  }
}
