/**
 * Programs whose calls are divided at random, in bodies, too, and run in a random order that dependencies leave.
 */

import { type Address, type Check, errorOfCode, registerCheck } from "../../src/graph/call.ts";
import {
  isControl,
  isLoop,
  isOfJavaScript,
  type ProgramCall,
} from "../../src/run/program/calls/call.ts";
import {
  dependencies,
  type SharedRegions,
  sharedRegionsOf,
} from "../../src/run/program/calls/dependencies.ts";
import {
  type Division,
  divide,
  divisionsOf,
  partBytes,
  withScratch,
} from "../../src/run/program/calls/division.ts";
import { align } from "../../src/run/program/locations/freeList.ts";
import { WORK } from "../../src/run/program/locations/locations.ts";
import { reducedAxesOf } from "../../src/run/program/loop/loop.ts";
import type { Program } from "../../src/run/program/program.ts";
import type { Target } from "../../src/run/program/units/target.ts";
import { BYTES } from "../../src/tensor/dtype.ts";

/** An integer from 0 up to but without a number. */
export type Choose = (below: number) => number;

/** A multiple of the elements that blocks of loops have. */
export const BLOCKS = 16;

/** The number of times that each kind of division was made, and that each reason for none was given. */
export type Tally = Map<string, number>;

/** More pieces need more scratch memory. */
const MOST_PIECES = 5;

/** Returns the kind of a function, for tallies: `matmul`, `loop`, `sumAxis`, … */
export function kindOf({ function: callee }: ProgramCall): string {
  if (typeof callee === "string") return callee.replace(/_(f32|f64|i32)$/, "");
  if (isLoop(callee)) return reducedAxesOf(callee.loop) > 0 ? "loop with reductions" : "loop";
  return isOfJavaScript(callee) ? "JavaScript" : callee.name;
}

/** Returns a program with its calls divided and in another order. @param bytes of an element on its target. */
export function dividedProgram(
  program: Program,
  choose: Choose,
  tally: Tally = new Map(),
  bytes: Target["bytes"] = BYTES,
): Program {
  const how = { choose, tally, bytes };
  const { calls, workBytes } = dividedCalls(program.calls, program.plan.workBytes, how);
  return { ...program, calls, plan: { ...program.plan, workBytes } };
}

interface How {
  readonly choose: Choose;
  readonly tally: Tally;
  readonly bytes: Target["bytes"];
}

interface Calls {
  readonly calls: readonly ProgramCall[];
  /** Bytes of their scratch memory. */
  readonly workBytes: number;
}

function dividedCalls(
  calls: readonly ProgramCall[],
  workBytes: number,
  how: How,
  shared?: SharedRegions,
): Calls {
  const { choose } = how;
  const waits = dependencies(calls, shared);
  const inner = calls.map((call) => withDividedBodies(call, how, shared));
  // Each piece has scratch memory of its own, and behind all of it stand the parts of results.
  const own = align(Math.max(workBytes, ...inner.map((each) => each.workBytes)));
  let end = MOST_PIECES * own;
  /** By call: lists of what must run in order, and these before the last of them. */
  const groups = inner.map(({ calls: [call] }, i) => {
    const whole = call as ProgramCall;
    const division = chosenDivision(whole, how);
    if (division === undefined) return { pieces: [marked(whole, i, 0)], combine: [] };
    const cuts = cutsOf(division, choose);
    const parts: Address = {
      region: WORK,
      offset: end,
      bytes: 0,
      access: "write",
      value: undefined,
    };
    end = align(end + partBytes(division, cuts.length - 1));
    const { pieces, combine } = divide(division, cuts, parts);
    return {
      pieces: pieces.map((piece, place) => marked(withScratch(piece, place * own), i, place)),
      combine,
    };
  });
  return { calls: inOrder(groups, waits, choose), workBytes: end };
}

/** Returns a control with its bodies divided, and the scratch memory that it needs now. */
function withDividedBodies(call: ProgramCall, how: How, shared?: SharedRegions): Calls {
  const { function: callee, arguments: given } = call;
  if (!isControl(callee)) return { calls: [call], workBytes: 0 };
  const [values, work] = given as readonly Address[];
  const inside = sharedRegionsOf(call, shared);
  const bodies = callee.bodies.map((body) =>
    dividedCalls(body.calls, work?.bytes ?? 0, how, inside),
  );
  const bytes = Math.max(...bodies.map(({ workBytes }) => workBytes));
  const changed = {
    ...call,
    function: { ...callee, bodies: bodies.map((body) => ({ calls: body.calls })) },
    arguments: given.map((argument, i) =>
      i === 1 && typeof argument === "object" ? { ...argument, bytes } : argument,
    ),
  };
  return { calls: [changed], workBytes: (values?.bytes ?? 0) + bytes };
}

function chosenDivision(call: ProgramCall, { choose, tally, bytes }: How): Division | undefined {
  const ways = divisionsOf(call, bytes);
  const count = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);
  if (typeof ways === "string") {
    count(`${kindOf(call)}: ${ways}`);
    return undefined;
  }
  const way = ways[choose(ways.length)];
  if (way === undefined || way.count < 2) return undefined;
  count(`${kindOf(call)} by ${way.along.replace(/ \d+$/, "")}`);
  return way;
}

/** Returns the starts of pieces, and the end: of a tree, at multiples of a power of two of blocks. */
function cutsOf({ count, tree }: Division, choose: Choose): number[] {
  if (tree === undefined) {
    const pieces = 2 + choose(MOST_PIECES - 1);
    // Pieces of whole blocks of a loop share a function, others have each their own.
    const unit = count > BLOCKS && choose(2) === 1 ? BLOCKS : 1;
    const most = Math.ceil(count / unit) - 1;
    const cuts = Array.from({ length: pieces - 1 }, () => unit * (1 + choose(most)));
    return [...new Set([0, ...cuts, count])].sort((a, b) => a - b);
  }
  let length = tree.block;
  while (count > MOST_PIECES * length || (2 * length < count && choose(2) === 1)) length *= 2;
  const cuts: number[] = [];
  for (let start = 0; start < count; start += length) cuts.push(start);
  return [...cuts, count];
}

/** Pieces in a random order, in which each call comes behind those that it waits for. */
function inOrder(
  groups: readonly { readonly pieces: ProgramCall[]; readonly combine: readonly ProgramCall[] }[],
  waits: readonly (readonly number[])[],
  choose: Choose,
): ProgramCall[] {
  const left = groups.map(({ pieces }) => [...pieces]);
  const done = new Set<number>();
  const order: ProgramCall[] = [];
  while (done.size < groups.length) {
    const ready = groups.flatMap((_, i) =>
      !done.has(i) && waits[i]?.every((other) => done.has(other)) ? [i] : [],
    );
    const i = ready[choose(ready.length)] ?? 0;
    const pieces = left[i] ?? [];
    order.push(...pieces.splice(choose(pieces.length), 1));
    if (pieces.length > 0) continue;
    order.push(...(groups[i]?.combine ?? []));
    done.add(i);
  }
  return order;
}

/** The piece of a call that stands in the list of calls. */
interface Mark {
  readonly place: readonly [call: number, piece: number];
  readonly check: Check;
}

const complaints: { readonly place: Mark["place"]; readonly error: Error }[] = [];

/** A check that keeps its error, so that the calls behind it run, too. */
const kept = registerCheck<Mark>("kept", ({ arguments: { place, check } }, code, read) => {
  const error = errorOfCode(check, -1 - code, read);
  if (error !== undefined) complaints.push({ place, error });
  // None is thrown: whoever makes the call goes on.
  return undefined as never;
});

let keeps = false;

function marked(call: ProgramCall, index: number, piece: number): ProgramCall {
  const { check } = call;
  if (check === undefined || !keeps) return call;
  const { first } = check;
  return {
    ...call,
    check: {
      kind: kept,
      op: check.op,
      arguments: { place: [index, piece], check },
      ...(first !== undefined && { first }),
    } satisfies Check<Mark>,
  };
}

/**
 * Returns the error that a divided program of calls without bodies ends with: the first one in the order of the list.
 */
export function errorOf(
  program: Program,
  choose: Choose,
  run: (divided: Program) => void,
): Error | undefined {
  complaints.length = 0;
  keeps = true;
  try {
    run(dividedProgram(program, choose));
  } finally {
    keeps = false;
  }
  return complaints
    .toSorted((a, b) => a.place[0] - b.place[0] || a.place[1] - b.place[1])
    .map(({ error }) => error)[0];
}
