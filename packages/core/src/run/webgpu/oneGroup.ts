/**
 * Small bodies as one shader: its only workgroup runs all steps in order, with barriers in between. Addresses advance
 * by the number of the run, and an error leaves the loop.
 */

import type { Argument } from "../../graph/call.ts";
import { at } from "../../tensor/shape.ts";
import { argument, MOST_SHADERS, type Shader, SLOT, unless, WORD } from "./wgsl.ts";

/** A shader with its arguments. */
export interface Step {
  readonly shader: Shader;
  /** The arguments of its slots. */
  readonly slots: readonly (readonly Argument[])[];
  /** The index of a word that is not 0 if it is skipped. */
  readonly skip: number;
  /** True if no step may move past it: it touches words that are no arguments. */
  readonly parts?: boolean;
}

const THREADS = 64;
/** The most steps of a dispatch: a driver aborts one that takes seconds. */
const MOST_TURNS = 2 ** 14;

/** The most arrays in the memory of a workgroup. */
const MOST_NAMES = 16;

/** Returns the bytes by which an argument advances from run to run. */
export type StrideOf = (argument: Argument | undefined) => number;

const turnsOf = (steps: readonly Step[]) =>
  steps.reduce((sum, { shader }) => sum + (shader.turns ?? 1), 0);

/** Returns the declarations of memory of workgroups, each once. */
function globalsOf(steps: readonly Step[]): string[] {
  const all = steps.flatMap(({ shader }) => shader.globals?.match(/var[^;]*;/g) ?? []);
  return [...new Set(all)];
}

/**
 * Returns the number of runs of a body in one dispatch; 0 if the body is not small.
 *
 * @param skip the word that skips it.
 * @param most elements that a thread computes of a step.
 */
export function runsAtOnce(body: readonly Step[], skip: number, most = 8): number {
  const names = globalsOf(body).map((text) => /> (\w+)/.exec(text)?.[1]);
  const isSmall =
    body.length > 0 &&
    // Memory of one name has one type, and all together fits into the least that drivers have, 16 kB.
    new Set(names).size === names.length &&
    names.length <= MOST_NAMES &&
    body.flatMap(({ slots }) => slots).length < MOST_SHADERS &&
    body.every(
      ({ shader: { count, groups, threads }, skip: word }) =>
        word === skip &&
        threads === THREADS &&
        (count === undefined ? `${groups}` === "1,1,1" : count <= most * THREADS),
    );
  return isSmall ? Math.floor(MOST_TURNS / turnsOf(body)) : 0;
}

/** Returns the runs of a body as a step. @param backwards whether the row index is the count. */
export function repeated(
  body: readonly Step[],
  runs: number,
  {
    goes,
    backwards,
    strideOf,
  }: { goes: readonly Argument[]; backwards: boolean; strideOf: StrideOf },
): Step {
  // Loops may be nested.
  let depth = 0;
  while (body.some(({ shader }) => shader.lines.includes(`time${depth}`))) depth++;
  const time = `time${depth}`;
  const count = `m[${argument(1)}]`;
  const ends = `select(0u, 1u, m[${argument(0)}] == 0u${backwards ? ` || ${count} == 0u` : ""})`;
  const lines = `for (var run = 0u; run < ${runs}u; run++) {
${goes.length > 0 ? unless(ends, "break;") : ""}
let ${time} = ${backwards ? `1u - ${count}` : "run"};
${linesOf(body, 1, strideOf, time)}
}`;
  return stepOf(lines, goes, body, runs);
}

/** Returns the run of one of two bodies as a step. */
export function chosen(
  condition: Argument,
  whenTrue: readonly Step[],
  whenFalse: readonly Step[],
): Step {
  const still = () => 0;
  const lines = `for (var run = 0u; run < 1u; run++) {
${unless(`m[${argument(0)}]`, linesOf(whenTrue, 1, still, ""))} else {
${linesOf(whenFalse, 1 + slotsOf(whenTrue).length, still, "")}
}
}`;
  return stepOf(lines, [condition], [...whenTrue, ...whenFalse], 1);
}

const slotsOf = (steps: readonly Step[]) => steps.flatMap(({ slots }) => slots);

function stepOf(
  lines: string,
  args: readonly Argument[],
  body: readonly Step[],
  runs: number,
): Step {
  const shader: Shader = {
    lines,
    groups: [1, 1, 1],
    threads: THREADS,
    globals: globalsOf(body).join("\n"),
    turns: runs * turnsOf(body),
  };
  return { shader, slots: [args, ...slotsOf(body)], skip: at(body, 0).skip, parts: true };
}

/** Writes the steps of a body, whose slots begin with the one of an index. */
function linesOf(body: readonly Step[], first: number, strideOf: StrideOf, time: string): string {
  let next = first;
  const lines = body.map(({ shader: { lines: text, count }, slots }) => {
    const start = next * SLOT.words;
    next += slots.length;
    const placed = text.replace(/p\[slot \+ (\d+)\]\.(\w)/g, (_all, vector, lane) => {
      const word = vector * 4 + "xyzw".indexOf(lane);
      const stride = strideOf(slots[Math.floor(word / SLOT.words)]?.[word % SLOT.words]);
      const text = argument(start + word);
      return stride === 0 ? text : `(${text} + ${time} * ${(stride / WORD) >>> 0}u)`;
    });
    return `${count === undefined ? "" : `for (var i = t; i < ${count}u; i += ${THREADS}u)`} {
${placed}
}
workgroupBarrier(); storageBarrier();
${text.includes("m[0]") ? unless("m[0]", "break;") : ""}`;
  });
  return lines.join("\n");
}
