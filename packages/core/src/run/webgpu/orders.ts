/**
 * Shaders that sort the elements of rows, by networks of comparisons (K. E. Batcher, "Sorting networks and their
 * applications", 1968). Elements become words with the same order, each paired with its index: so no two are equal, and
 * equal elements keep their order. The words of all rows are contiguous, followed by the indices.
 */

import { argument, rowOf, type Shader, shaderOfElements, WORD } from "./wgsl.ts";

/** The number of elements that a workgroup sorts in workgroup memory: a thread compares two. */
const CHUNK = 512;

/** Rows of elements, which become as many words as the next power of two. */
export interface Rows {
  readonly rows: number;
  readonly length: number;
}

/** Returns the words of a row. */
function wordsOf({ length }: Rows): number {
  return length < 2 ? 1 : 2 ** (32 - Math.clz32(length - 1));
}

/** Returns the bytes of scratch memory for the words and indices of rows. */
export function orderBytes(sorted: Rows): number {
  return 2 * sorted.rows * wordsOf(sorted) * WORD;
}

/**
 * Writes the address of an element's word, and the element's index after ordering. @param scratch the address of the
 * words.
 */
export function orderedAt(sorted: Rows, scratch: string, row: string, index: string) {
  const words = wordsOf(sorted);
  const at = `${scratch} + ${row} * ${words}u + ${index}`;
  return { word: `m[${at}]`, index: `m[${at} + ${sorted.rows * words}u]` };
}

/** Writes the exchange of the words and indices at a and b, unless they are in order. */
function exchange(load: (index: string) => string, store: (index: string, pair: string) => string) {
  return `let a = ((n & ~(j - 1u)) << 1u) | (n & (j - 1u)); let b = a + j;
let x = ${load("a")}; let y = ${load("b")};
if ((x.x > y.x || (x.x == y.x && x.y > y.y)) == (((start + a) & k) == 0u)) { ${store("a", "y")} ${store("b", "x")} }`;
}

/** A dispatch of an order, with the numbers that follow the address of the scratch memory. */
export interface OrderStep {
  readonly shader: Shader;
  readonly numbers: readonly number[];
}

/**
 * Returns the steps that sort rows. Arguments: the address of the rows, the scratch memory, and the numbers of each
 * step.
 *
 * @param word writes the word of an element, whose index in its row is `i` and whose row `row`.
 */
export function orderSteps(sorted: Rows, word: string): OrderStep[] {
  const { rows, length } = sorted;
  const words = wordsOf(sorted);
  if (rows * length === 0) return [];
  const size = Math.min(words, CHUNK);
  const steps: OrderStep[] = [{ shader: inGroups(sorted, size, word), numbers: [2, size] }];
  for (let k = 2 * size; k <= words; k *= 2) {
    for (let j = k / 2; j >= size; j /= 2) {
      steps.push({ shader: acrossGroups(sorted), numbers: [k, j] });
    }
    steps.push({ shader: inGroups(sorted, size, undefined), numbers: [k, k] });
  }
  return steps;
}

/** Merges within chunks, from one length to another. @param word undefined to read the words in scratch memory. */
function inGroups(sorted: Rows, size: number, word: string | undefined): Shader {
  const { rows, length } = sorted;
  const words = wordsOf(sorted);
  const parts = words / size;
  const threads = Math.max(1, size / 2);
  const grid = rowOf(rows * parts);
  const at = orderedAt(sorted, argument(1), "row", "i");
  const load =
    word === undefined
      ? `pairs[n] = vec2(${at.word}, ${at.index});`
      : `pairs[n] = vec2(0xffffffffu, i); if (i < ${length}u) { pairs[n].x = ${word}; }`;
  const code = `let group = w.y * ${grid[0]}u + w.x; if (group >= ${rows * parts}u) { return; }
let row = group / ${parts}u; let start = (group % ${parts}u) * ${size}u;
for (var n = t; n < ${size}u; n += ${threads}u) { let i = start + n; ${load} }
workgroupBarrier();
let n = t; var k = ${argument(2)}; var j = min(k, ${size}u) >> 1u;
while (k <= ${argument(3)}) {
${exchange(
  (index) => `pairs[${index}]`,
  (index, pair) => `pairs[${index}] = ${pair};`,
)}
workgroupBarrier();
j = j >> 1u;
if (j == 0u) { k = k << 1u; j = min(k, ${size}u) >> 1u; }
}
for (var n = t; n < ${size}u; n += ${threads}u) {
let i = start + n; ${at.word} = pairs[n].x; ${at.index} = pairs[n].y;
}`;
  const globals = `var<workgroup> pairs: array<vec2<u32>, ${size}>;`;
  return { lines: code, threads, globals, groups: grid };
}

/** Compares elements at a distance: arguments are the length that is merged, and the distance. */
function acrossGroups(sorted: Rows): Shader {
  const pairs = wordsOf(sorted) / 2;
  const at = (index: string) => orderedAt(sorted, argument(1), "row", index);
  const code = `let row = i / ${pairs}u; let n = i % ${pairs}u; let start = 0u;
let k = ${argument(2)}; let j = ${argument(3)};
${exchange(
  (index) => `vec2(${at(index).word}, ${at(index).index})`,
  (index, pair) => `${at(index).word} = ${pair}.x; ${at(index).index} = ${pair}.y;`,
)}`;
  return shaderOfElements(sorted.rows * pairs, code);
}

/**
 * Writes elements of rows in order. Arguments: the elements, the scratch memory, values, and, if they are wanted,
 * indices.
 */
export function orderedShader(sorted: Rows, k: number, withIndices: boolean): Shader {
  const { index } = orderedAt(sorted, argument(1), "row", `i % ${k}u`);
  const code = `let row = i / ${k}u; let index = ${index};
m[${argument(2)} + i] = m[${argument(0)} + row * ${sorted.length}u + index];
${withIndices ? `m[${argument(3)} + i] = index;` : ""}`;
  return shaderOfElements(sorted.rows * k, code);
}

/** Counts the elements of a sorted row that are before each value. Arguments: the row, values, results. */
export function searchShader(
  length: number,
  count: number,
  isFloat: boolean,
  right: boolean,
): Shader {
  const word = (index: string) => wordAt(index, isFloat);
  const isBefore = `${word(`${argument(0)} + middle`)} ${right ? "<=" : "<"} value`;
  const code = `let value = ${word(`${argument(1)} + i`)};
${bisection(length, isBefore)}
m[${argument(2)} + i] = least;`;
  return shaderOfElements(count, code);
}

/** Writes the search that sets `least` to the number of elements in order for which a condition on `middle` holds. */
export function bisection(length: number, isBefore: string): string {
  return `var least = 0u; var most = ${length}u;
while (least < most) {
let middle = (least + most) >> 1u;
if (${isBefore}) { least = middle + 1u; } else { most = middle; }
}`;
}

/** Writes the word of an element, in ascending order. */
export function wordAt(index: string, isFloat: boolean): string {
  return isFloat ? `orderOf_(m[${index}])` : `(m[${index}] ^ 0x80000000u)`;
}
