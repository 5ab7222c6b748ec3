/** The shaders of loops: element by element, and reductions in the library's order. */

import { BLOCK, laneCount, lanePairs } from "../../families/orderOfSums.ts";
import { at, numberAt, sizeOf, stridesOf } from "../../tensor/shape.ts";
import { kindOfDType, kindsOfOp, type StepKinds } from "../program/loop/kinds.ts";
import { kindOf, type Loop, type Operand, reducedAxesOf } from "../program/loop/loop.ts";
import type { Kind } from "../program/loop/loopOps.ts";
import {
  argument,
  convert,
  literal,
  ROWS,
  rowOf,
  type Shader,
  shaderOfElements,
  TYPES,
} from "./wgsl.ts";

/** The most elements of a row that one thread reduces; a workgroup reduces longer ones. */
const SHORT_ROW = 64;
/** The threads that reduce a row: as many lanes of blocks run in parallel. */
const LANES = laneCount("float32");
const BLOCKS_AT_ONCE = 4;
const THREADS = LANES * BLOCKS_AT_ONCE;
/** Blocks of a row that a workgroup reduces. */
const BLOCKS_OF_GROUP = 64;

/** The shaders of a loop. Their arguments are those of its call. */
export interface LoopShaders {
  readonly shaders: readonly Shader[];
  /** The words of scratch memory for partial results of long reductions; its address is the last argument. */
  readonly words: number;
}

/** Axes with what each array steps along them. */
interface Walk {
  readonly lengths: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** Returns axes without those of length 1, with neighbouring axes merged where every array allows it. */
export function merged(shape: readonly number[], arrays: readonly (readonly number[])[]): Walk {
  const lengths: number[] = [];
  const strides: number[][] = arrays.map(() => []);
  shape.forEach((length, axis) => {
    if (length === 1) return;
    const last = lengths.length - 1;
    const follows = (each: readonly number[], i: number) =>
      at(strides, i)[last] === numberAt(each, axis) * length;
    const joins = last >= 0 && arrays.every(follows);
    if (joins) lengths[last] = numberAt(lengths, last) * length;
    else lengths.push(length);
    arrays.forEach((each, i) => {
      const list = at(strides, i);
      list[joins ? last : list.length] = numberAt(each, axis);
    });
  });
  return { lengths, strides };
}

/**
 * Writes the indices into arrays for an index of the loop, which is split by axis. Words wrap around, so strides may be
 * negative.
 */
export function indicesOf(
  index: string,
  prefix: string,
  { lengths, strides }: Walk,
  bases: readonly string[],
): { readonly lines: readonly string[]; readonly indices: readonly string[] } {
  const lines: string[] = [];
  const names: string[] = [];
  let rest = index;
  for (let axis = lengths.length - 1; axis >= 0; axis--) {
    if (axis === 0) {
      names[0] = rest;
      continue;
    }
    const [name, next] = [`${prefix}${axis}`, `${prefix}Over${axis}`];
    lines.push(
      `let ${name} = ${rest} % ${lengths[axis]}u; let ${next} = ${rest} / ${lengths[axis]}u;`,
    );
    names[axis] = name;
    rest = next;
  }
  const indices = bases.map((base, i) => {
    const terms = at(strides, i).flatMap((stride, axis) => {
      if (stride === 0) return [];
      return stride === 1 ? [at(names, axis)] : [`${names[axis]} * ${stride >>> 0}u`];
    });
    return [base, ...terms].join(" + ");
  });
  return { lines, indices };
}

/**
 * Returns the axes of a loop that its reductions keep, and the number of reduced elements; by array, inputs first, its
 * first index and its strides.
 *
 * @param first the index of the first argument. Default 0.
 */
function layoutOf(loop: Loop, first = 0) {
  const { shape, inputs, outputs } = loop;
  const reduced = reducedAxesOf(loop);
  const kept = shape.slice(0, shape.length - reduced);
  const arrays = [
    ...inputs,
    ...outputs.map(({ reduction, strides, offset = 0 }) => ({
      strides: reduction
        ? [...stridesOf(kept), ...Array.from({ length: reduced }, () => 0)]
        : (strides ?? stridesOf(shape)),
      offset,
    })),
  ];
  const bases = arrays.map(({ offset = 0 }, i) =>
    offset === 0 ? argument(first + i) : `${argument(first + i)} + ${offset}u`,
  );
  return { reduced, kept, bases, strides: arrays.map((array) => array.strides) };
}

/** Writes the stores of a loop's elements. */
function stores(
  { inputs, outputs }: Loop,
  kinds: readonly StepKinds[],
  indices: readonly string[],
) {
  return outputs.flatMap(({ step, reduction }, i) =>
    reduction ? [] : [store(at(indices, inputs.length + i), `s${step}`, at(kinds, step).result)],
  );
}

/**
 * Writes the code of a loop without reductions for its element `i`.
 *
 * @param first the index of its first argument. Default 0.
 * @param known an input that is known, and its value.
 */
export function elementOf(
  loop: Loop,
  first = 0,
  known?: { readonly input: number; readonly value: string },
): string {
  const { bases, strides } = layoutOf(loop, first);
  const { lines, indices } = indicesOf("i", "axis", merged(loop.shape, strides), bases);
  const loaded = loads(loop, indices);
  if (known !== undefined) loaded[known.input] = `let x${known.input} = ${known.value};`;
  const { lines: steps, kinds } = stepsOf(loop);
  return [...lines, ...loaded, ...steps, ...stores(loop, kinds, indices)].join("\n");
}

/** Returns the shaders of a loop. */
export function loopShaders(loop: Loop): LoopShaders {
  const { shape } = loop;
  const { reduced, kept, bases, strides } = layoutOf(loop);
  if (sizeOf(reduced === 0 ? shape : kept) === 0) return { shaders: [], words: 0 };
  if (reduced === 0) {
    return { shaders: [shaderOfElements(sizeOf(shape), elementOf(loop))], words: 0 };
  }
  const { lines: steps, kinds } = stepsOf(loop);
  const row = indicesOf(
    "row",
    "kept",
    merged(
      kept,
      strides.map((each) => each.slice(0, kept.length)),
    ),
    bases,
  );
  const inside = indicesOf(
    "i",
    "axis",
    merged(
      shape.slice(kept.length),
      strides.map((each) => each.slice(kept.length)),
    ),
    bases.map((_, i) => `base${i}`),
  );
  const ends = loop.outputs.flatMap(({ step, reduction }, i) => {
    if (reduction === undefined) return [];
    const kind = at(kinds, step).result;
    const write = ROWS[reduction.combine];
    const combine = (a: string, b: string) => write(kind, a, b);
    const identity = literal(reduction.identity, kind);
    return [{ step, kind, combine, identity, array: loop.inputs.length + i }];
  });
  return reductionShaders({
    rows: sizeOf(kept),
    length: sizeOf(shape.slice(kept.length)),
    arrays: bases.length,
    ends,
    rowLines: [...row.lines, ...row.indices.map((index, i) => `let base${i} = ${index};`)],
    elementLines: [
      ...inside.lines,
      ...loads(loop, inside.indices),
      ...steps,
      ...stores(loop, kinds, inside.indices),
    ],
  });
}

function kindIn({ dtype, inputs }: Loop, index: number): Kind {
  return kindOfDType(at(inputs, index).dtype ?? dtype, dtype);
}

function loads(loop: Loop, indices: readonly string[]): string[] {
  return loop.inputs.map((_, i) => `let x${i} = ${loaded(at(indices, i), kindIn(loop, i))};`);
}

/** Returns the value of a word. */
export function loaded(index: string, kind: Kind): string {
  return kind === "boolean" ? `m[${index}] != 0u` : `bitcast<${TYPES[kind]}>(m[${index}])`;
}

/** Writes a value into a word. */
export function store(index: string, value: string, kind: Kind): string {
  const word = kind === "boolean" ? `select(0u, 1u, ${value})` : `bitcast<u32>(${value})`;
  return `m[${index}] = ${word};`;
}

/** Writes the steps of a loop, of the values x0, x1, …, as s0, s1, … */
function stepsOf(loop: Loop): { readonly lines: string[]; readonly kinds: StepKinds[] } {
  const kinds: StepKinds[] = [];
  const lines = loop.steps.map(({ op, inputs }, step) => {
    const operandKinds = inputs.map((operand) => kindOf(operand, loop, kinds) as Kind);
    const stepKinds = kindsOfOp(op, operandKinds, loop.dtype);
    kinds.push(stepKinds);
    const write = (operand: Operand, i: number) => {
      const wanted = at(stepKinds.operands, i);
      if (operand.kind === "constant") return literal(operand.value, wanted);
      const name = `${operand.kind === "step" ? "s" : "x"}${operand.index}`;
      return convert(name, at(operandKinds, i), wanted);
    };
    const kind = at(stepKinds.operands, stepKinds.operands.length - 1);
    return `let s${step}: ${TYPES[stepKinds.result]} = ${ROWS[op](kind, ...inputs.map(write))};`;
  });
  return { lines, kinds };
}

/** A reduction at the end of a loop. */
interface End {
  readonly step: number;
  readonly kind: Kind;
  readonly combine: (a: string, b: string) => string;
  readonly identity: string;
  /** The index of its results among the arguments. */
  readonly array: number;
}

interface Reducing {
  readonly rows: number;
  readonly length: number;
  readonly arrays: number;
  readonly ends: readonly End[];
  readonly rowLines: readonly string[];
  readonly elementLines: readonly string[];
}

/** Rows of lanes, blocks and a tree of these, as `families/orderOfSums.ts` says. */
function reductionShaders(reducing: Reducing): LoopShaders {
  const { rows, length, arrays, ends, rowLines, elementLines } = reducing;
  const blocks = Math.ceil(length / BLOCK);
  const each = (write: (end: End, e: number) => string) => ends.map(write).join(" ");
  /** Combines lanes in their order. */
  const lanes = (lane: (e: number, k: number) => string) =>
    lanePairs("float32")
      .map(({ into, from }) =>
        each(({ combine }, e) => `${lane(e, into)} = ${combine(lane(e, into), lane(e, from))};`),
      )
      .join("\n");
  /** Writes the combination of the values of `count` blocks, as a binary counter. */
  const tree = (count: string, value: (e: number) => string) => {
    const carry = each(({ combine }, e) => {
      const [one, two] = [`tree${e}[depth - 1u]`, `tree${e}[depth]`];
      return `${one} = ${combine(one, two)};`;
    });
    return `var depth = 0u; ${each(({ kind }, e) => `var tree${e}: array<${TYPES[kind]}, 32>;`)}
for (var block = 0u; block < ${count}; block++) {
${each((_, e) => `tree${e}[depth] = ${value(e)};`)} depth++;
for (var carry = block + 1u; (carry & 1u) == 0u; carry = carry >> 1u) { depth--; ${carry} }
}
while (depth > 1u) { depth--; ${carry} }`;
  };
  const elements = (sum: (e: number) => string) =>
    [
      ...elementLines,
      each(({ combine, step }, e) => `${sum(e)} = ${combine(sum(e), `s${step}`)};`),
    ].join("\n");
  if (length <= SHORT_ROW) {
    const code = `let row = i;
${rowLines.join("\n")}
${each(({ kind }, e) => `var lanes${e}: array<${TYPES[kind]}, ${LANES}>;`)}
for (var lane = 0u; lane < ${LANES}u; lane++) { ${each(({ identity }, e) => `lanes${e}[lane] = ${identity};`)} }
for (var i = 0u; i < ${length}u; i++) {
${elements((e) => `lanes${e}[i & ${LANES - 1}u]`)}
}
${lanes((e, k) => `lanes${e}[${k}]`)}
${each(({ array, kind }, e) => store(`base${array}`, `lanes${e}[0]`, kind))}`;
    return { shaders: [shaderOfElements(rows, code)], words: 0 };
  }
  const parts = Math.ceil(blocks / BLOCKS_OF_GROUP);
  const groups = rows * parts;
  const grid = rowOf(groups);
  const most = Math.min(BLOCKS_OF_GROUP, blocks);
  const globals = each(
    ({ kind }, e) =>
      `var<workgroup> lanes${e}: array<${TYPES[kind]}, ${THREADS}>; var<workgroup> blocks${e}: array<${TYPES[kind]}, ${BLOCKS_OF_GROUP + BLOCKS_AT_ONCE}>;`,
  );
  const indexOf = ({ array }: End, e: number) =>
    parts === 1 ? `base${array}` : `${argument(arrays)} + ${e * groups}u + group`;
  const first = `let group = w.y * ${grid[0]}u + w.x; if (group >= ${groups}u) { return; }
let row = group / ${parts}u; let part = group % ${parts}u;
${rowLines.join("\n")}
let lane = t % ${LANES}u; let side = t / ${LANES}u;
for (var k = 0u; k < ${most}u; k += ${BLOCKS_AT_ONCE}u) {
let start = (part * ${BLOCKS_OF_GROUP}u + k + side) * ${BLOCK}u;
let end = min(${length}u, start + ${BLOCK}u);
${each(({ identity, kind }, e) => `var sum${e}: ${TYPES[kind]} = ${identity};`)}
for (var i = start + lane; i < end; i += ${LANES}u) {
${elements((e) => `sum${e}`)}
}
${each((_, e) => `lanes${e}[t] = sum${e};`)}
workgroupBarrier();
if (lane == 0u) {
${lanes((e, distance) => `lanes${e}[t + ${distance}u]`)}
${each((_, e) => `blocks${e}[k + side] = lanes${e}[t];`)}
}
workgroupBarrier();
}
if (t == 0u) {
let count = min(${BLOCKS_OF_GROUP}u, ${blocks}u - part * ${BLOCKS_OF_GROUP}u);
${tree("count", (e) => `blocks${e}[block]`)}
${each((end, e) => store(indexOf(end, e), `tree${e}[0]`, end.kind))}
}`;
  const shaders: Shader[] = [{ lines: first, threads: THREADS, globals, groups: grid }];
  if (parts === 1) return { shaders, words: 0 };
  const second = `let row = i;
${rowLines.join("\n")}
${tree(`${parts}u`, (e) => loaded(`${argument(arrays)} + ${e * groups}u + row * ${parts}u + block`, at(ends, e).kind))}
${each(({ array, kind }, e) => store(`base${array}`, `tree${e}[0]`, kind))}`;
  shaders.push(shaderOfElements(rows, second));
  return { shaders, words: ends.length * groups };
}
