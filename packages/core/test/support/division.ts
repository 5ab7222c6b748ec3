/**
 * Programs whose calls are divided at random, and run in a random order that respects dependencies. One kind are lists
 * of calls, for any target and in all bodies; the other are phases of threads, run by the shipped code.
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
} from "../../src/run/program/calls/division.ts";
import { align } from "../../src/run/program/locations/freeList.ts";
import { WORK } from "../../src/run/program/locations/locations.ts";
import { reducedAxesOf } from "../../src/run/program/loop/loop.ts";
import type { Program } from "../../src/run/program/program.ts";
import type { Target } from "../../src/run/program/schedule/target.ts";
import { CallsInPhases } from "../../src/run/threads/divided.ts";
import { type Job, Pool, type RunJob } from "../../src/run/threads/pool.ts";
import {
  type Flat,
  type Phase,
  runsAnywhere,
  type Schedule,
  type Step,
  type Stepped,
  segmentsOf,
} from "../../src/run/threads/schedule.ts";
import type { Threads, Workspace } from "../../src/run/wasm/memory/workspace.ts";
import { BYTES } from "../../src/tensor/dtype.ts";
import { at } from "../../src/tensor/shape.ts";

/** Draws an integer from 0 up to, but without, a number. */
export type Choose = (below: number) => number;

/** The multiple at which loops may be cut into whole blocks. */
export const BLOCKS = 16;

/** Counts how often each kind of division was made, and how often each reason for none was given. */
export type Tally = Map<string, number>;

/** The most pieces of a call. */
const MOST_PIECES = 5;

/** Returns the kind of a function, for tallies: `matmul`, `loop`, `sumAxis`, … */
export function kindOf({ function: callee }: ProgramCall): string {
  if (typeof callee === "string") return callee.replace(/_(f32|f64|i32)$/, "");
  if (isLoop(callee)) return reducedAxesOf(callee.loop) > 0 ? "loop with reductions" : "loop";
  return isOfJavaScript(callee) ? "JavaScript" : callee.name;
}

/**
 * Returns a program with its calls divided and in another order. @param bytes the bytes of an element on its target.
 */
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
  /** The bytes of the calls' scratch memory. */
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
  // Pieces run one after the other, so they share scratch memory; partial results come after it.
  let end = align(Math.max(workBytes, ...inner.map((each) => each.workBytes)));
  /** By call: its pieces, which may run in any order, and the calls that combine their results after them. */
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
    const { partitions, combine } = divide(division, cuts, parts);
    return { pieces: partitions.map((piece, place) => marked(piece, i, place)), combine };
  });
  return { calls: inOrder(groups, waits, choose), workBytes: end };
}

/** Returns a control call with its bodies divided, and the scratch memory that it then needs. */
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

/**
 * Returns the starts of the pieces, and the end. The pieces of a tree begin at multiples of a power of two of its
 * blocks.
 */
function cutsOf({ count, tree }: Division, choose: Choose): number[] {
  if (tree === undefined) {
    const pieces = 2 + choose(MOST_PIECES - 1);
    // Pieces of whole blocks of a loop share one compiled function; other pieces have a function each.
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

/** Returns the pieces in a random order in which each call comes after the calls on which it depends. */
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

/**
 * Returns phases of a program, with calls divided and combined at random as far as dependencies allow. These include
 * all schedules that `scheduleOf` may return, and more.
 */
export function drawnSchedule(
  { calls, plan }: Program,
  threads: number,
  choose: Choose,
  tally: Tally = new Map(),
): Schedule {
  const how = { choose, tally, bytes: BYTES };
  const threadBytes = align(plan.workBytes);
  let workBytes = threads * threadBytes;
  const room = (bytes: number): Address => {
    const offset = workBytes;
    workBytes = align(workBytes + bytes);
    return { region: WORK, offset, bytes: 0, access: "write", value: undefined };
  };
  const steps = drawnPhases(calls, dependencies(calls), how, room).map((step): Step => {
    const stepped = "alone" in step ? drawnSteps(step.alone, how) : undefined;
    return stepped === undefined ? step : { stepped };
  });
  return { steps, threadBytes, workBytes };
}

/** @param room allocates memory for the results of pieces; undefined in bodies. */
function drawnPhases(
  calls: readonly ProgramCall[],
  waits: readonly (readonly number[])[],
  how: How,
  room?: (bytes: number) => Address,
): Flat[] {
  const { choose } = how;
  const steps: Flat[] = [];
  const done = new Set<number>();
  /** True if any thread may make a call, and not only the caller. */
  const isForAll = (call: ProgramCall) =>
    room === undefined
      ? typeof call.function === "string" && call.check === undefined
      : runsAnywhere(call);
  while (done.size < calls.length) {
    const ready = calls.flatMap((_, i) =>
      !done.has(i) && waits[i]?.every((other) => done.has(other)) ? [i] : [],
    );
    const first = ready[choose(ready.length)] ?? 0;
    const some = ready.filter((i) => i === first || choose(2) === 1);
    // A call that may fail has to be the last one of its phase.
    const end = some.findIndex((i) => at(calls, i).check !== undefined);
    const members = end < 0 ? some : some.slice(0, end + 1);
    const partitions: ProgramCall[][] = [];
    const combine: ProgramCall[] = [];
    let check: Phase["check"];
    for (const i of members) {
      done.add(i);
      const call = at(calls, i);
      const way = isForAll(call) ? chosenDivision(call, how) : undefined;
      const division = room === undefined && way?.tree !== undefined ? undefined : way;
      if (division === undefined && (!isForAll(call) || isControl(call.function))) {
        steps.push({ alone: call });
        continue;
      }
      if (call.check !== undefined) check = { refusal: call.check, first: partitions.length };
      if (division === undefined) {
        // Several short calls may form one piece.
        const last = call.check === undefined && choose(2) === 1 ? partitions.at(-1) : undefined;
        if (last === undefined) partitions.push([call]);
        else last.push(call);
        continue;
      }
      const cuts = cutsOf(division, choose);
      const parts = room?.(partBytes(division, cuts.length - 1));
      const divided = divide(division, cuts, parts ?? NO_ROOM);
      partitions.push(...divided.partitions.map((piece) => [piece]));
      combine.push(...divided.combine);
    }
    if (partitions.length > 0) steps.push({ phase: { partitions, check } });
    steps.push(...combine.map((call) => ({ alone: call })));
  }
  return steps;
}

const NO_ROOM: Address = { region: WORK, offset: 0, bytes: 0, access: "write", value: undefined };

/** Returns the dependent runs of a repeated body, with phases in each; undefined for other calls. */
function drawnSteps(call: ProgramCall, how: How): Stepped | undefined {
  const { function: callee } = call;
  if (!isControl(callee) || callee.order.kind !== "repeat") return undefined;
  const { stops, independent, length, steps } = callee.order;
  const [body] = callee.bodies;
  if (body === undefined || stops || independent || !Number.isFinite(length)) return undefined;
  const flat = drawnPhases(body.calls, dependencies(body.calls, sharedRegionsOf(call)), how);
  if (!flat.some((step) => "phase" in step)) return undefined;
  return { call, length, moves: steps, body: segmentsOf(call, callee, flat) };
}

/**
 * Returns a pool without workers, whose caller does the work of the threads. It takes the partitions of each job in a
 * random order, each with the scratch memory of a random thread, which the shipped function assigns.
 *
 * @param watch is called with each partition before it runs, and with undefined after the last one.
 */
export function drawnPool(
  space: Workspace,
  threads: number,
  choose: Choose,
  watch: (job: Job, partition: number | undefined, thread: number) => void = () => {},
): Pool {
  const runJob: RunJob = (job, run) => {
    const left = Array.from({ length: job.partitions }, (_, i) => i);
    while (left.length > 0) {
      const [partition = 0] = left.splice(choose(left.length), 1);
      const thread = choose(threads);
      watch(job, partition, thread);
      run(partition, thread);
    }
    watch(job, undefined, 0);
  };
  return new Pool(space, threads, { runJob }, () => {});
}

/** Returns the threads of a pool that divide programs at random. The caller runs eager ops itself. */
export function drawnThreads(pool: Pool, choose: Choose, tally?: Tally): Threads {
  return {
    count: pool.threads,
    timed: undefined,
    divide: (program) => {
      // The entries of the log are dropped, since no worker reads them.
      for (let thread = 1; thread < pool.threads; thread++) pool.startOf(thread);
      const calls = new CallsInPhases(pool, drawnSchedule(program, pool.threads, choose, tally));
      calls.releaseWhenForgotten();
      return calls;
    },
    divideOnce: () => undefined,
  };
}

/** Marks a piece of a call, so that its error can be ordered by its index in the list of calls. */
interface Mark {
  readonly place: readonly [call: number, partition: number];
  readonly check: Check;
}

const complaints: { readonly place: Mark["place"]; readonly error: Error }[] = [];

/** A check that stores its error instead of throwing it, so that the calls after it run, too. */
const kept = registerCheck<Mark>("kept", ({ arguments: { place, check } }, code, read) => {
  const error = errorOfCode(check, -1 - code, read);
  if (error !== undefined) complaints.push({ place, error });
  // The check throws nothing, so the machine goes on.
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
 * Returns the error of a divided program of calls without bodies: the first one in the order of the undivided list.
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
