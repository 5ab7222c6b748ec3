/**
 * Estimates of the time of calls: enough to tell which are worth dividing. The numbers are those of one core of 2020
 * and later; a wrong estimate changes no bit.
 */

import type { Cost } from "../../graph/call.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { isControl, isLoop, type ProgramCall } from "../program/calls/call.ts";
import type { Loop } from "../program/loop/loop.ts";
import { LANE_OPS } from "../wasm/kernel/lanes.ts";

/** Floating-point operations of kernels, and bytes that are read or written, in a nanosecond. */
const FLOPS = 40;
const BYTES = 20;
/** Nanoseconds of an element of a loop: for each array, each step, and each step that is an elementary function. */
const ARRAY = 0.03;
const STEP = 0.06;
const ELEMENTARY = 1.3;

/** Returns the nanoseconds that a call takes on one thread. */
export function costOf({ function: callee, cost }: ProgramCall): number {
  if (isLoop(callee)) return costOfLoop(callee.loop);
  if (isControl(callee)) {
    const { bodies, order } = callee;
    const most = Math.max(...bodies.map(({ calls }) => costOfCalls(calls)));
    return order.kind === "repeat" && Number.isFinite(order.length) ? order.length * most : most;
  }
  return Math.max((cost?.flops ?? 0) / FLOPS, (cost?.bytes ?? 0) / BYTES);
}

/** Returns the nanoseconds of `flops` operations of kernels. */
export function timeOf(flops: number): number {
  return flops / FLOPS;
}

/** Returns the cost of a call that takes `nanoseconds`. */
export function costOfTime(nanoseconds: number): Cost {
  return { flops: nanoseconds * FLOPS, bytes: 0 };
}

/** Returns the nanoseconds of several calls. */
export function costOfCalls(calls: readonly ProgramCall[]): number {
  return calls.reduce((sum, call) => sum + costOf(call), 0);
}

function costOfLoop({ dtype, shape, inputs, steps, outputs }: Loop): number {
  let each = ARRAY * (inputs.length + outputs.length);
  for (const { op } of steps) each += LANE_OPS[op].elementary === true ? ELEMENTARY : STEP;
  return sizeOf(shape) * each * (dtype === "float64" ? 2 : 1);
}
