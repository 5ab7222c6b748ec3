/**
 * The calls of a program in phases.
 * In: calls and their dependencies. Out: phases of partitions that independent threads can run.
 *
 * Invariant: partitions of a phase touch no byte that another of them writes. Only work that pays is divided, by the estimates
 * of `cost.ts`; short calls share a partition. The caller alone makes calls that no other thread can make, between phases.
 */

import type { Address, Call, Check } from "../../graph/call.ts";
import { at } from "../../tensor/shape.ts";
import {
  type ControlFunction,
  isControl,
  isLoop,
  isOfJavaScript,
  type ProgramCall,
} from "../program/calls/call.ts";
import { dependencies, sharedRegionsOf } from "../program/calls/dependencies.ts";
import { type Division, divide, divisionsOf, partBytes } from "../program/calls/division.ts";
import { align } from "../program/locations/freeList.ts";
import { WORK } from "../program/locations/locations.ts";
import type { Program } from "../program/program.ts";
import { outermostOf } from "../wasm/emit/templates.ts";
import { costOf, costOfCalls, costOfTime } from "./cost.ts";
import { PARTITIONS_MASK } from "./work.ts";

/** The thresholds of work that is worth dividing, in nanoseconds of one thread. */
export interface Thresholds {
  /** The least nanoseconds of a program, or of an eager op. */
  readonly program: number;
  readonly op: number;
  /** The least nanoseconds of a call. */
  readonly call: number;
  /** The least nanoseconds of a partition. */
  readonly partition: number;
}

export const THRESHOLDS: Thresholds = {
  program: 30_000,
  op: 500_000,
  call: 10_000,
  partition: 5_000,
};

/** A phase: calls that run in parallel. */
export interface Phase {
  /** The partitions in the order of their calls: each is what one thread runs, in order. */
  readonly partitions: readonly (readonly ProgramCall[])[];
  /** The check of the last call, which alone may refuse something, and the starts of its partitions. */
  readonly check?: { readonly refusal: Check; readonly first: number } | undefined;
}

/** The next step of the caller: a call alone, or a phase with all threads. */
export type Flat = { readonly alone: ProgramCall } | { readonly phase: Phase };

/** A loop of which each step is divided, one step after the other. */
export interface Stepped {
  readonly call: ProgramCall;
  readonly length: number;
  /** By region of the body: the bytes by which it moves from step to step. */
  readonly moves: readonly number[];
  /** Calls that the caller makes are one call of the same kind, with fewer calls in its body. */
  readonly body: readonly Flat[];
}

export type Step = Flat | { readonly stepped: Stepped };

export interface Schedule {
  readonly steps: readonly Step[];
  /** Bytes of the scratch memory of a thread, and of that of all threads with the results of partitions. */
  readonly threadBytes: number;
  readonly workBytes: number;
}

/** The most partitions for each thread: several, since a thread may be busy elsewhere. */
const PARTITIONS = 4;
/**
 * The partitions for each thread of products and convolutions. They are few, because each packs the shared operand for
 * itself. The second number is for calls of LONG nanoseconds or more.
 */
const FEW_PARTITIONS = 1;
const MORE_PARTITIONS = 2;
const LONG = 400_000;

/** Returns the phases of a program; undefined if no call is worth dividing. */
export function scheduleOf(
  { calls, plan }: Pick<Program, "calls" | "plan">,
  threads: number,
  thresholds: Thresholds,
): Schedule | undefined {
  if (costOfCalls(calls) < thresholds.program) return undefined;
  const threadBytes = align(plan.workBytes);
  let workBytes = threads * threadBytes;
  const room = (bytes: number): Address => {
    const offset = workBytes;
    workBytes = align(workBytes + bytes);
    return { region: WORK, offset, bytes: 0, access: "write", value: undefined };
  };
  const how = { threads, thresholds };
  const flat = phasesOf(calls, dependencies(calls), { ...how, room, isBody: false });
  const steps = flat.map((step): Step => {
    const stepped = "alone" in step ? steppedOf(step.alone, how) : undefined;
    return stepped === undefined ? step : { stepped };
  });
  const isDivided = steps.some((step) => !("alone" in step));
  return isDivided ? { steps, threadBytes, workBytes } : undefined;
}

/**
 * Returns the phases of the calls of an eager op, which take `cost` nanoseconds together; undefined if dividing is not
 * worth it.
 */
export function scheduleOfOp(
  calls: readonly Call[],
  cost: number,
  scratchBytes: number,
  threads: number,
  thresholds: Thresholds,
): Schedule | undefined {
  if (cost < thresholds.op) return undefined;
  const timed = calls.map((call) => ({ ...call, cost: costOfTime(cost / calls.length) }));
  const steps = phasesOf(timed, dependencies(timed), { threads, thresholds, isBody: false });
  const threadBytes = align(scratchBytes);
  const isDivided = steps.some((step) => "phase" in step);
  return isDivided ? { steps, threadBytes, workBytes: threads * threadBytes } : undefined;
}

interface How {
  readonly threads: number;
  readonly thresholds: Thresholds;
}

interface Where extends How {
  /** Reserves memory for the results of partitions; undefined in bodies. */
  readonly room?: (bytes: number) => Address;
  /** True in a body, whose addresses change from step to step: there any thread calls functions of the kernel only. */
  readonly isBody: boolean;
}

/** A call of the phase that is being put together. */
interface Member {
  readonly call: ProgramCall;
  /** Nanoseconds. */
  readonly cost: number;
  /** The ways to divide it; none for a short call. */
  readonly ways: readonly Division[];
}

/** Groups calls that do not depend on each other into phases. */
function phasesOf(
  calls: readonly ProgramCall[],
  waits: readonly (readonly number[])[],
  where: Where,
): Flat[] {
  const most = Math.floor(MOST_PARTITIONS / (PARTITIONS * where.threads + 1));
  const steps: Flat[] = [];
  let open = new Map<number, Member>();
  const close = () => {
    steps.push(...phaseOf([...open.values()], where));
    open = new Map();
  };
  calls.forEach((call, i) => {
    if (open.size === most || at(waits, i).some((other) => open.has(other))) close();
    const cost = costOf(call);
    const ways = waysOf(call, cost, where);
    if (ways.length === 0 && !isForAll(call, where)) {
      // A call for the caller alone that does not depend on the phase is made before it, so that the phase
      // may grow.
      steps.push({ alone: call });
      return;
    }
    open.set(i, { call, cost, ways });
    // A call that may refuse ends its phase, so that the first of several errors is thrown.
    if (call.check !== undefined) close();
  });
  close();
  return steps;
}

/**
 * Returns a phase of the calls, followed by the calls that combine the results of its partitions. If dividing is not
 * worth it, the calls are returned as they are.
 */
function phaseOf(members: readonly Member[], { threads, thresholds, room }: Where): Flat[] {
  const total = members.reduce((sum, { cost }) => sum + cost, 0);
  const isWorth = members.some(({ ways }) => ways.length > 0) || members.length > 1;
  if (!isWorth || total < thresholds.call) return members.map(({ call }) => ({ alone: call }));
  // The usual time of a partition, in nanoseconds.
  const usual = Math.max(thresholds.partition, total / (PARTITIONS * threads));
  const partitions: (readonly ProgramCall[])[] = [];
  const short: Member[] = [];
  const combine: ProgramCall[] = [];
  let check: Phase["check"];
  for (const member of members) {
    const { call, cost } = member;
    const cuts = cutsOf(member, Math.ceil(cost / Math.max(1, usual)), threads);
    if (call.check !== undefined) check = { refusal: call.check, first: partitions.length };
    if (cuts === undefined) {
      if (call.check === undefined && cost < usual) short.push(member);
      else partitions.push([call]);
      continue;
    }
    const parts = room?.(partBytes(cuts.division, cuts.cuts.length - 1)) ?? NO_ROOM;
    const divided = divide(cuts.division, cuts.cuts, parts);
    partitions.push(...divided.partitions.map((partition) => [partition]));
    combine.push(...divided.combine);
  }
  const before = gathered(short, usual);
  const phase = {
    partitions: [...before, ...partitions],
    check: check && { refusal: check.refusal, first: before.length + check.first },
  };
  return [{ phase }, ...combine.map((call) => ({ alone: call }))];
}

/** The most partitions that a ticket counts. */
const MOST_PARTITIONS = PARTITIONS_MASK - 1;

const NO_ROOM: Address = { region: WORK, offset: 0, bytes: 0, access: "write", value: undefined };

/** Gathers short calls into partitions of about the usual time. */
function gathered(short: readonly Member[], usual: number): ProgramCall[][] {
  const partitions: ProgramCall[][] = [];
  let left = 0;
  for (const { call, cost } of short) {
    if (left < cost / 2) {
      partitions.push([]);
      left = usual;
    }
    partitions.at(-1)?.push(call);
    left -= cost;
  }
  return partitions;
}

/** Returns a loop whose steps are worth dividing; undefined for another call. */
function steppedOf(call: ProgramCall, how: How): Stepped | undefined {
  const { function: callee } = call;
  if (!isControl(callee) || callee.order.kind !== "repeat") return undefined;
  const { bodies, order } = callee;
  const { stops, independent, length, steps } = order;
  const [body] = bodies;
  if (body === undefined || stops || independent || !Number.isFinite(length)) return undefined;
  const waits = dependencies(body.calls, sharedRegionsOf(call));
  const flat = phasesOf(body.calls, waits, { ...how, isBody: true });
  if (!flat.some((step) => "phase" in step)) return undefined;
  return { call, length, moves: steps, body: segmentsOf(call, callee, flat) };
}

/** Returns the steps of a body, in which calls that the caller makes after each other are one call. */
export function segmentsOf(
  call: ProgramCall,
  callee: ControlFunction,
  flat: readonly Flat[],
): readonly Flat[] {
  const segments: Flat[] = [];
  let alone: ProgramCall[] = [];
  const close = () => {
    if (alone.length === 0) return;
    const segment = { ...call, function: { ...callee, bodies: [{ calls: alone }] } };
    segments.push({ alone: segment });
    alone = [];
  };
  for (const step of flat) {
    if ("alone" in step) alone.push(step.alone);
    else {
      close();
      segments.push(step);
    }
  }
  close();
  return segments;
}

/** Returns the ways to divide a call that is worth it. */
function waysOf(call: ProgramCall, cost: number, where: Where): readonly Division[] {
  if (cost < where.thresholds.call || !isForAll(call, where, true)) return [];
  const ways = divisionsOf(call);
  if (typeof ways === "string") return [];
  return where.room === undefined ? ways.filter(({ tree }) => tree === undefined) : ways;
}

/** Returns the cuts that divide a call into about `wanted` partitions; undefined where it stays whole. */
function cutsOf(
  { call, cost, ways }: Member,
  wanted: number,
  threads: number,
): { readonly division: Division; readonly cuts: readonly number[] } | undefined {
  const few = typeof call.function === "string" && /^(matmul|convolution)/.test(call.function);
  const perThread = !few ? PARTITIONS : cost > LONG ? MORE_PARTITIONS : FEW_PARTITIONS;
  const count = Math.min(perThread * threads, wanted);
  if (count < 2) return undefined;
  const all = ways.map((division) => ({ division, cuts: cutsOfWay(call, division, count) }));
  const enough = all.find(({ cuts }) => cuts.length > Math.min(count, threads));
  const most = all.reduce<(typeof all)[number] | undefined>(
    (best, each) => (each.cuts.length > (best?.cuts.length ?? 2) ? each : best),
    undefined,
  );
  // The first way that has a partition for each thread, else the one with most.
  return enough ?? most;
}

/** Returns the units at which partitions begin, and the end. */
function cutsOfWay(call: ProgramCall, division: Division, wanted: number): number[] {
  const { count, tree } = division;
  const cuts: number[] = [];
  if (tree !== undefined) {
    let length = tree.block;
    while (count > wanted * length) length *= 2;
    for (let start = 0; start < count; start += length) cuts.push(start);
    return [...cuts, count];
  }
  const { unit, units } = unitOf(call, division);
  const partitions = Math.min(wanted, units);
  for (let i = 0; i < partitions; i++) cuts.push(unit * Math.floor((i * units) / partitions));
  return [...cuts, count];
}

/**
 * Returns the length of the units of a division that stay together, and the number of these: the last one has the rest,
 * too.
 */
function unitOf(call: ProgramCall, { along, count, partition }: Division) {
  const { function: callee, splits } = call;
  if (isLoop(callee)) {
    const outermost = partition(0, 1).part === undefined ? undefined : outermostOf(callee.loop);
    if (outermost?.length === count) return { unit: outermost.unit, units: outermost.extent };
  }
  const split =
    typeof splits === "object" ? splits.find((each) => each.along === along) : undefined;
  const unit = split?.unit ?? 1;
  return { unit, units: Math.max(1, Math.floor(count / unit)) };
}

/**
 * True if any thread can make a call.
 *
 * @param divided whether partitions of it are requested, not the whole.
 */
function isForAll(call: ProgramCall, { isBody }: Where, divided = false): boolean {
  if (isBody) return typeof call.function === "string" && call.check === undefined;
  return runsAnywhere(call) && (divided || !isControl(call.function));
}

/** True if nothing of a call is JavaScript, nor throws inside of WebAssembly. */
export function runsAnywhere({ function: callee }: ProgramCall): boolean {
  if (isOfJavaScript(callee)) return false;
  if (!isControl(callee)) return true;
  return callee.bodies.every(({ calls }) =>
    calls.every((call) => call.check === undefined && runsAnywhere(call)),
  );
}
