/**
 * The calls of a program in phases: what is worth it is divided, and pieces of calls that do not touch each other run in one
 * phase. All else the caller does alone, between phases.
 */

import type { Address, Check } from "../../graph/call.ts";
import { at, numberAt } from "../../tensor/shape.ts";
import { isControl, isLoop, isOfJavaScript, type ProgramCall } from "../program/calls/call.ts";
import { dependencies } from "../program/calls/dependencies.ts";
import { type Division, divide, divisionsOf, partBytes } from "../program/calls/division.ts";
import { align } from "../program/places/freeList.ts";
import { WORK } from "../program/places/places.ts";
import type { Program } from "../program/program.ts";
import { outermostOf } from "../wasm/emit/templates.ts";
import { costOf } from "./cost.ts";
import { PIECES_MASK } from "./work.ts";

/** What is worth dividing, in nanoseconds of one thread. */
export interface Thresholds {
  /** Of a program. */
  readonly program: number;
  /** Of a call. */
  readonly call: number;
  /** Of a piece. */
  readonly piece: number;
}

export const THRESHOLDS: Thresholds = { program: 30_000, call: 10_000, piece: 5_000 };

/** Calls that run side by side. */
export interface Phase {
  /** In the order of the calls that they are pieces of. */
  readonly pieces: readonly ProgramCall[];
  /** The check of the only call that may refuse something, the last one, and where its pieces begin. */
  readonly check?: { readonly own: Check; readonly first: number } | undefined;
}

/** What the caller does next: a call alone, or a phase with all threads. */
export type Step = { readonly alone: ProgramCall } | { readonly phase: Phase };

export interface Schedule {
  readonly steps: readonly Step[];
  /** Bytes of the scratch memory of a thread, and of all with what pieces leave. */
  readonly threadBytes: number;
  readonly workBytes: number;
}

/** How many pieces there may be for each thread: several, since one of them may be away. */
const PIECES = 4;
/** Of products: their pieces pack what all of them read, each for itself. The second is for those from LONG nanoseconds on. */
const FEW_PIECES = 1;
const MORE_PIECES = 2;
const LONG = 400_000;

/** The phases of a program; undefined where nothing of it is worth dividing. */
export function scheduleOf(
  { calls, plan }: Pick<Program, "calls" | "plan">,
  threads: number,
  thresholds: Thresholds,
): Schedule | undefined {
  const costs = calls.map(costOf);
  if (costs.reduce((sum, own) => sum + own, 0) < thresholds.program) return undefined;
  const threadBytes = align(plan.workBytes);
  let workBytes = threads * threadBytes;
  const waits = dependencies(calls);
  const steps: Step[] = [];
  /** The phase that is being put together: its calls, and their pieces. */
  let open: { calls: number[]; pieces: ProgramCall[]; check?: Phase["check"] } | undefined;
  /** What combines the results of its pieces. */
  let combine: ProgramCall[] = [];
  const close = () => {
    if (open !== undefined) steps.push({ phase: { pieces: open.pieces, check: open.check } });
    for (const call of combine) steps.push({ alone: call });
    open = undefined;
    combine = [];
  };
  calls.forEach((call, i) => {
    const touches = at(waits, i).some((other) => open?.calls.includes(other));
    const divided = cutsOf(call, numberAt(costs, i), threads, thresholds);
    if (divided === undefined) {
      // What does not touch the phase runs ahead of it: so the phase grows. What combines results waits for the phase.
      if (touches) close();
      steps.push({ alone: call });
      return;
    }
    const { division, cuts } = divided;
    const isFull = (open?.pieces.length ?? 0) + cuts.length > PIECES_MASK;
    if (touches || isFull || combine.length > 0) close();
    const parts: Address = {
      region: WORK,
      offset: workBytes,
      bytes: 0,
      access: "write",
      value: undefined,
    };
    workBytes = align(workBytes + partBytes(division, cuts.length - 1));
    const own = divide(division, cuts, parts);
    open ??= { calls: [], pieces: [] };
    const first = open.pieces.length;
    open.calls.push(i);
    open.pieces.push(...own.pieces);
    combine.push(...own.combine);
    if (call.check !== undefined) {
      open.check = { own: call.check, first };
      close();
    }
  });
  close();
  return steps.some((step) => "phase" in step) ? { steps, threadBytes, workBytes } : undefined;
}

/** How a call is divided; undefined where that is not worth it, or cannot be. */
function cutsOf(
  call: ProgramCall,
  cost: number,
  threads: number,
  { call: worth, piece }: Thresholds,
): { readonly division: Division; readonly cuts: readonly number[] } | undefined {
  if (cost < worth || !runsAnywhere(call)) return undefined;
  const ways = divisionsOf(call);
  if (typeof ways === "string") return undefined;
  const few = typeof call.function === "string" && call.function.startsWith("matmul");
  const perThread = !few ? PIECES : cost > LONG ? MORE_PIECES : FEW_PIECES;
  const most = perThread * threads;
  const wanted = Math.max(threads, Math.min(most, Math.floor(cost / Math.max(1, piece))));
  const cuts = ways.map((division) => ({ division, cuts: cutsOfWay(call, division, wanted) }));
  return cuts.reduce<(typeof cuts)[number] | undefined>((best, own) => {
    const isMore = own.cuts.length > Math.max(2, best?.cuts.length ?? 0);
    // The first way that gives a piece to each thread is the best one.
    return isMore && (best === undefined || best.cuts.length <= threads) ? own : best;
  }, undefined);
}

/** Where pieces begin, and the end. */
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
  const pieces = Math.min(wanted, units);
  for (let i = 0; i < pieces; i++) cuts.push(unit * Math.floor((i * units) / pieces));
  return [...cuts, count];
}

/** What stays together of a division, and how many of these there are: the last one has the rest, too. */
function unitOf(call: ProgramCall, { along, count, piece }: Division) {
  const { function: callee, splits } = call;
  if (isLoop(callee)) {
    const outermost = piece(0, 1).part === undefined ? undefined : outermostOf(callee.loop);
    if (outermost?.length === count) return { unit: outermost.unit, units: outermost.extent };
  }
  const split = typeof splits === "object" ? splits.find((own) => own.along === along) : undefined;
  const unit = split?.unit ?? 1;
  return { unit, units: Math.max(1, Math.floor(count / unit)) };
}

/** True if any thread can make a call: nothing of it is JavaScript, nor throws inside of WebAssembly. */
function runsAnywhere({ function: callee }: ProgramCall): boolean {
  if (isOfJavaScript(callee)) return false;
  if (!isControl(callee)) return true;
  return callee.bodies.every(({ calls }) =>
    calls.every((call) => call.check === undefined && runsAnywhere(call)),
  );
}
