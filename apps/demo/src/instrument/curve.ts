/**
 * The curve of a lesson's result over one of its numbers, with all other numbers fixed.
 */

import { type Graph, type Tensor, tensor } from "@graddiff/core";
import type { GivenValues, InputValues, Lesson } from "../course/lesson.ts";

/** The data of a curve: a lesson, its inputs, and the differences that were added to nodes, by their ids. */
export interface CurveOf {
  readonly lesson: Lesson;
  readonly inputs: InputValues;
  readonly graph: Graph;
}

/**
 * Returns the results for some values of a node.
 *
 * @param id a node whose value is a number.
 * @returns the results in the order of the values.
 */
export function curveAt(
  { lesson, inputs, graph }: CurveOf,
  id: number,
  at: readonly number[],
): number[] {
  const node = graph.nodes[id];
  // The id may be of a node of the lesson shown before.
  if (node === undefined) return at.map(() => Number.NaN);
  const count = at.length;
  const many = (values: ArrayLike<number>) => tensor(Float64Array.from(values));
  const all = (value: number) => many(new Float64Array(count).fill(value));
  const isInput = node.kind === "input" && node.name !== undefined;
  const given: GivenValues = Object.fromEntries(
    Object.entries(inputs).map(([name, value]): [string, number | Tensor] => {
      if (isInput) return [name, name === node.name ? many(at) : value];
      return [name, all(value)];
    }),
  );
  const isChanged = graph.nodes.some(({ difference }) => difference !== undefined);
  if (isInput && !isChanged && lesson.result !== undefined) {
    return numbersOf(lesson.result(given), count);
  }
  const changes = graph.nodes.flatMap(({ id: each, difference }): [string, number][] =>
    difference?.rank === 0 ? [[String(each), difference.item()]] : [],
  );
  const outputOf = (plain: Graph, changed: readonly [string, number | Tensor][]) => {
    const made = changed.length === 0 ? plain : plain.adjusted(Object.fromEntries(changed));
    return made.nodes[made.output]?.value;
  };
  const plain = lesson.explain(given);
  if (isInput) return numbersOf(outputOf(plain, changes), count);
  const present = node.value?.rank === 0 ? node.value.item() : Number.NaN;
  const before = node.difference?.rank === 0 ? node.difference.item() : 0;
  const differences = at.map((value) => before + value - present);
  const others = changes.filter(([each]) => each !== String(id));
  const isMany = plain.nodes[id]?.value?.rank === 1;
  if (isMany)
    return numbersOf(outputOf(plain, [...others, [String(id), many(differences)]]), count);
  // A node that depends on no input, such as a constant, is one number in each graph.
  const one = lesson.explain(inputs);
  return differences.map(
    (by) => numbersOf(outputOf(one, [...others, [String(id), by]]), 1)[0] ?? Number.NaN,
  );
}

/** Returns the elements of a result; a single number is repeated `count` times. */
function numbersOf(result: Tensor | undefined, count: number): number[] {
  if (result === undefined) return new Array<number>(count).fill(Number.NaN);
  return result.rank === 0
    ? new Array<number>(count).fill(result.item())
    : (result.toArray() as number[]);
}

/** Returns evenly spaced numbers, both ends included. */
export function between(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
}
