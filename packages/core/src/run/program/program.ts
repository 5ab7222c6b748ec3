/**
 * A program: a trace as a list of calls over planned memory.
 *
 * In: a simplified trace, and a target. Out: calls as data, in an order that their dependencies allow.
 *
 * Invariant: machine-dependent facts are only asked of the target. All addresses are known before the first run. A
 * program that would need 64 MB of scratch memory or more is fused a second time, in the order of the trace and without
 * loops of independent values, all of which would have to wait for each other. The one of less memory is taken.
 */

import { formatShape } from "../../errors.ts";
import { countOperations, grouped } from "../../families/cost.ts";
import type { Address, Argument } from "../../graph/call.ts";
import { printTrace } from "../../graph/print.ts";
import {
  constantNode,
  nodeAt,
  type Operation,
  projectionsByOperation,
  resultsOf,
  type Trace,
  withAllProjections,
} from "../../graph/trace.ts";
import { at, sizeOf } from "../../tensor/shape.ts";
import { type ControlFunction, isControl, isLoop, type ProgramCall } from "./calls/call.ts";
import { dependencies, type SharedRegions, sharedRegionsOf } from "./calls/dependencies.ts";
import { CallWriter } from "./callWriter.ts";
import { fuse, fuseConnected } from "./fuse/fuse.ts";
import { withRowKernels } from "./fuse/rows.ts";
import { withKernelReductions } from "./fuse/scatteredReductions.ts";
import { withSinking } from "./fuse/sinking.ts";
import { PERSISTENT, type Plan, SCRATCH, VARIABLES, WORK } from "./locations/locations.ts";
import { describeLoop } from "./loop/loop.ts";
import { plan } from "./plan.ts";
import {
  bodiesOfControl,
  type Controls,
  carriedBy,
  controlOf,
  type Frame,
  frameOf,
  fuseBody,
  withSeparateResults,
} from "./schedule/bodies.ts";
import type { BodyProgram, ControlProgram, ProgramPart, ScheduleItem } from "./schedule/items.ts";
import type { Target } from "./schedule/target.ts";

export interface Program {
  /** The trace that it computes: the original one, or one whose ops were replaced by ops of the target. */
  readonly trace: Trace;
  readonly plan: Plan;
  readonly calls: readonly ProgramCall[];
  /** The parts to which the calls belong, in their order. */
  readonly parts: readonly ProgramPart[];
  /** The calls that copy new values to the buffers of Variables, after all others have succeeded. */
  readonly writeBacks: readonly ProgramCall[];
  /** Floating-point operations of a run. */
  readonly flops: number;
  /** The memory that it needs. */
  readonly bytes: number;
  /** True if the trace is the original one. */
  readonly same: boolean;
}

/**
 * Returns the program of a simplified trace in which, in bodies, too, all composites are decomposed but those for
 * which the target has a kernel. The target has all their dtypes, and stops at errors.
 */
export function programOf(trace: Trace, target: Target): Program {
  const computable = withKernelReductions(trace);
  const { trace: prepared, controls } = withControls(withAllProjections(computable), target);
  const { items, layout } = arranged(prepared, target, controls);
  return { ...assemble(prepared, items, layout, target), same: computable === trace };
}

/**
 * Returns the schedule items of a trace and the locations of their values: in the fastest order, or in an order of less
 * memory where the fastest would take much.
 */
function arranged(
  trace: Trace,
  target: Target,
  controls: Controls,
): { readonly items: readonly ScheduleItem[]; readonly layout: Plan } {
  const order = (items: readonly ScheduleItem[]) =>
    arrangedBy(target, trace, withRowKernels(trace, withSinking(trace, items), target));
  const items = order(fuse(trace, target, controls));
  const layout = plan(trace, items, target);
  if (layout.scratchBytes < target.sizes.muchScratch) return { items, layout };
  const connected = order(fuseConnected(trace, target, controls));
  const smaller = plan(trace, connected, target);
  const isWorth = smaller.scratchBytes < 0.9 * layout.scratchBytes;
  return isWorth ? { items: connected, layout: smaller } : { items, layout };
}

function arrangedBy(
  target: Target,
  trace: Trace,
  items: readonly ScheduleItem[],
): readonly ScheduleItem[] {
  return target.arranged?.(trace, items) ?? items;
}

/** Returns the ops with bodies of a trace, and the trace with the constants of the bodies as nodes. */
function withControls(
  trace: Trace,
  target: Target,
  frame?: Frame,
): { trace: Trace; controls: Controls } {
  const controls = new Map<number, ControlProgram>();
  const nodes = [...trace.nodes];
  const projections = projectionsByOperation(trace);
  trace.nodes.forEach((node, id) => {
    const control = node.kind === "operation" ? controlOf(node) : undefined;
    if (node.kind !== "operation" || control === undefined) return;
    const carried = carriedBy(trace, id, resultsOf(id, projections), control, frame);
    const bodies: BodyProgram[] = [];
    const constants: number[] = [];
    for (const body of bodiesOfControl(control)) {
      const program = bodyProgram(body, frameOf(control, body, carried, constants.length), target);
      bodies.push(program);
      for (const tensor of program.constants) {
        constants.push(nodes.push(constantNode(tensor, tensor)) - 1);
      }
    }
    controls.set(id, { control, carried, bodies, constants });
  });
  return controls.size === 0 ? { trace, controls } : { trace: { ...trace, nodes }, controls };
}

function bodyProgram(body: Trace, frame: Frame, target: Target): BodyProgram {
  const computable = withSeparateResults(withKernelReductions(body), frame);
  const { trace, controls } = withControls(computable, target, frame);
  // A body runs often: a small one is a single call.
  const items =
    fuseBody(trace, target, controls) ??
    arrangedBy(target, trace, withRowKernels(trace, fuse(trace, target, controls), target));
  const layout = plan(trace, items, target, frame);
  const { calls, parts, writeBacks, flops } = assemble(trace, items, layout, target);
  return {
    trace,
    parts,
    calls: [...calls, ...writeBacks],
    scratchBytes: layout.scratchBytes,
    workBytes: layout.workBytes,
    flops,
    throws: layout.throws,
    constants: layout.constants,
  };
}

/** Returns the program of a trace whose values have their locations. */
export function assemble(
  trace: Trace,
  items: readonly ScheduleItem[],
  layout: Plan,
  target: Target,
): Program {
  const writer = new CallWriter(trace, layout, target);
  const calls: ProgramCall[] = [];
  const parts = items.map((item): ProgramPart => {
    const itemCalls = writer.callsOf(item);
    const flops = countItem(trace, item);
    const shares = sharesOf(itemCalls, item);
    itemCalls.forEach((call, i) => {
      calls.push(withCost(call, flops * at(shares, i)));
    });
    return { item, calls: itemCalls.length, flops };
  });
  return {
    trace,
    plan: layout,
    calls,
    parts,
    writeBacks: writer.writeBacks(),
    flops: parts.reduce((sum, { flops }) => sum + flops, 0),
    bytes: layout.scratchBytes + layout.workBytes + layout.persistentBytes,
    same: true,
  };
}

/** Returns for each call the part of the arithmetic of its schedule item that it does. */
function sharesOf(calls: readonly ProgramCall[], item: ScheduleItem): number[] {
  if (calls.length === 1) return [1];
  if (item.kind === "rows") {
    const rest = (item.count % item.block) / item.count;
    return [1 - rest, rest];
  }
  // The last call does the work, and the others only prepare it, except for equal products of a stack of matrices.
  const last = calls.at(-1)?.function;
  const isEqual = calls.map((call) => call.function === last);
  const share = 1 / isEqual.filter(Boolean).length;
  return isEqual.map((does) => (does ? share : 0));
}

function withCost(call: ProgramCall, flops: number): ProgramCall {
  const { function: callee, arguments: args } = call;
  const order = isControl(callee) && callee.order.kind === "repeat" ? callee.order : undefined;
  let bytes = 0;
  for (let i = 0; i < args.length; i++) {
    const argument = at(args, i);
    if (typeof argument === "number" || argument.access === "scratch") continue;
    bytes += argument.bytes * (order?.steps[i] ? order.length : 1);
  }
  return { ...call, cost: { flops, bytes } };
}

/** Returns the ops of a schedule item and the shape that they run over: `mul add [32, 10]`. */
export function describeItem(trace: Trace, item: ScheduleItem): string {
  if (item.kind === "loop") return `${describeLoop(item.loop)} ${formatShape(item.loop.shape)}`;
  if (item.kind === "rows") {
    return item.members.map(({ item: each }) => describeItem(trace, each)).join(", ");
  }
  const { op, shape } = nodeAt(trace.nodes, item.id) as Operation;
  const epilogue = item.epilogue ? `, ${describeItem(trace, item.epilogue)}` : "";
  return `${op.name} ${formatShape(shape)}${epilogue}`;
}

/**
 * Returns the calls in order, each with those that it must wait for, with the arithmetic of a run, and the location of
 * every value.
 */
export function describeProgram({ trace, plan, calls, writeBacks, flops, same }: Program): string {
  return [
    ...(same ? [] : [`planned:\n${printTrace(trace)}\n`]),
    `${counted(calls.length, "call")} of ${grouped(flops)} flops in ${printSizes(plan)}, values at their locations:`,
    ...printCalls(calls, "  ", regionOfProgram),
    ...printCalls(writeBacks, "  at the end ", regionOfProgram),
  ].join("\n");
}

/** Returns the arithmetic of a schedule item: for a loop, the arithmetic of all its ops. */
function countItem(trace: Trace, item: ScheduleItem): number {
  if (item.kind === "operation") {
    const { control, bodies = [] } = item.control ?? {};
    const most = Math.max(0, ...bodies.map(({ flops }) => flops));
    if (control?.kind === "branches") return most;
    // The number of steps of a loop that stops when its numbers say so is not known: it counts once.
    if (control !== undefined) return (control.stops ? 1 : control.length) * most;
    const ofEpilogue = item.epilogue ? countItem(trace, item.epilogue) : 0;
    return ofEpilogue + countOperations(trace, nodeAt(trace.nodes, item.id) as Operation);
  }
  if (item.kind === "rows") {
    return item.members.reduce((sum, { item: each }) => sum + countItem(trace, each), 0);
  }
  const { shape, steps, outputs } = item.loop;
  const computed = steps.filter(({ op }) => op !== "copy");
  const reductions = outputs.filter(({ reduction }) => reduction !== undefined);
  return (computed.length + reductions.length) * sizeOf(shape);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** Returns one line for each call, and for the calls of one function for one value, such as the products of a stack. */
function printCalls(
  calls: readonly ProgramCall[],
  indent: string,
  regionName: RegionName,
  shared?: SharedRegions,
): string[] {
  const lines: string[] = [];
  const waits = dependencies(calls, shared);
  /** By call: the number of its line. */
  const numbers: number[] = [];
  let number = 0;
  for (let first = 0; first < calls.length; ) {
    const call = at(calls, first);
    let next = first + 1;
    while (typeof call.function === "string" && isSameAs(call, calls[next])) next++;
    number++;
    const before = new Set<number>();
    for (let i = first; i < next; i++) {
      numbers.push(number);
      for (const other of at(waits, i)) before.add(at(numbers, other));
    }
    before.delete(number);
    const after = before.size === 0 ? "" : ` after ${[...before].join(", ")}`;
    const text = printCall(call, next - first, regionName);
    lines.push(calls.length === 1 ? `${indent}${text}` : `${indent}${number}. ${text}${after}`);
    if (isControl(call.function)) {
      const { bodies, order } = call.function;
      const titles = titlesOf(order);
      bodies.forEach((body, i) => {
        lines.push(
          `${indent}  ${titles[i]}`,
          ...printCalls(body.calls, `${indent}    `, regionOfBody, sharedRegionsOf(call, shared)),
        );
      });
    }
    first = next;
  }
  return lines;
}

function titlesOf(order: ControlFunction["order"]): readonly string[] {
  if (order.kind === "branches") return ["if so:", "else:"];
  const { stops, length } = order;
  if (!stops) return [`${length} times:`];
  return [length === Number.POSITIVE_INFINITY ? "while so:" : `while so, at most ${length} times:`];
}

/** True if two calls are of one function and for the same values. */
function isSameAs(call: ProgramCall, other: ProgramCall | undefined): boolean {
  const placed = (argument: Argument | undefined) =>
    typeof argument === "object" ? argument.value : undefined;
  return (
    call.function === other?.function &&
    call.arguments.every((argument, i) => placed(argument) === placed(other.arguments[i]))
  );
}

/** `%3@192 <- matmul_f32 (%1@64, %0@128, scratch@320, 3, 1, 2, …)`: results, and arguments. */
function printCall(
  { function: callee, arguments: args }: ProgramCall,
  count: number,
  regionName: RegionName,
): string {
  const print = (argument: Argument) =>
    typeof argument === "number" ? String(argument) : printAddress(argument, regionName);
  const isWritten = (argument: Argument) =>
    typeof argument === "object" && argument.access === "write";
  // Elements of small arrays are stored one by one.
  const written = [...new Set(args.filter(isWritten).map(print))];
  // Bodies are given all arguments, since they are regions by their numbers.
  const rest = isControl(callee) ? args : args.filter((argument) => !isWritten(argument));
  const name = typeof callee === "string" ? callee : callee.name;
  const what = isLoop(callee)
    ? `loop over [${callee.loop.shape}]: ${describeLoop(callee.loop)}`
    : name;
  const others = count === 1 ? "" : ` and ${count - 1} more`;
  return `${written.join(" ")} <- ${what} (${rest.map(print).join(", ")})${others}`;
}

/** The name of a region other than scratch memory. */
type RegionName = (region: number) => string;

const regionOfProgram: RegionName = (region) =>
  region === PERSISTENT ? "persistent" : `variable ${region - VARIABLES}`;

/** The regions of a body are the arguments of the call that runs it. */
const regionOfBody: RegionName = (region) => `[${region}]`;

/** `%3@64` in scratch memory, `%3@persistent+64`, `%3@variable 2`. */
function printAddress({ region, offset, value }: Address, regionName: RegionName): string {
  const name = value === undefined ? "scratch" : `%${value}`;
  if (region === SCRATCH || region === WORK) return `${name}@${offset}`;
  const rest = offset === 0 ? "" : `+${offset}`;
  return `${name}@${regionName(region)}${rest}`;
}

function printSizes({ scratchBytes, workBytes, persistentBytes, variableBuffers }: Plan): string {
  const parts = [`${grouped(scratchBytes)} bytes`];
  if (workBytes > 0) parts.push(`${grouped(workBytes)} for calls`);
  if (persistentBytes > 0) parts.push(`${grouped(persistentBytes)} persistent`);
  if (variableBuffers.length > 0) parts.push(`buffers of ${variableBuffers.length} Variables`);
  return parts.join(", ");
}
