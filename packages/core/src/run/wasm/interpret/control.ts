/**
 * JavaScript interprets control flow that is WebAssembly elsewhere: where compiling is forbidden and the module was
 * handed in, it runs the loops and the functions of bodies of a program, on the same memory, with the same calls and in
 * the same order.
 *
 * In: the calls of a program. Out: the same memory as emitted code leaves, bit for bit.
 *
 * Invariant: a step of a loop is the scalar function of its op, or a function of the module where that has one.
 */

import { stillTrue } from "../../../ops/bodies.ts";
import { BYTES } from "../../../tensor/dtype.ts";
import { at, numberAt } from "../../../tensor/shape.ts";
import {
  type ControlFunction,
  isControl,
  isDirect,
  isEmitted,
  isLoop,
  type ProgramCall,
} from "../../program/calls/call.ts";
import { COUNT, GOES } from "../../program/schedule/bodies.ts";
import { type Bound, makeCall, numbersOf, type RegionStarts } from "../kernel/makeCall.ts";
import { interpretLoop } from "./loop.ts";
import { type Stage, Views } from "./views.ts";

/** Runs a function on these arguments, which it may change. */
type Interpreted = (args: number[]) => void;

/**
 * Prepares the loops and the bodies among calls.
 *
 * @param starts the addresses of the regions.
 * @returns for each call the function that makes it; undefined for calls that need none.
 */
export function interpretCalls(
  stage: Stage,
  calls: readonly ProgramCall[],
  starts: RegionStarts,
): (Bound | undefined)[] {
  const views = new Views(stage.host.memory);
  return calls.map((call) => {
    if (!isEmitted(call.function)) return undefined;
    const run = interpreted(call, stage, views);
    return () => {
      views.refresh();
      run(starts);
    };
  });
}

/** Returns a call, made for the addresses of the regions. */
function interpreted(
  call: ProgramCall,
  stage: Stage,
  views: Views,
): (starts: RegionStarts) => void {
  const { function: callee, arguments: args } = call;
  let run: Interpreted;
  if (isLoop(callee)) {
    run = interpretLoop(callee.loop, stage, views);
  } else if (isControl(callee)) {
    run = interpretBodies(callee, stage, views);
  } else if (isDirect(call) && callee !== "copy") {
    return (starts) => makeCall(stage.host, call, starts);
  } else {
    run = ([from = 0, to = 0, bytes = 0]) => views.bool.copyWithin(to, from, from + bytes);
  }
  return (starts) => run(numbersOf(args, starts));
}

/** Returns a function of bodies, whose regions are its arguments. */
function interpretBodies(
  { bodies, order }: ControlFunction,
  stage: Stage,
  views: Views,
): Interpreted {
  const [body, other] = bodies.map(({ calls }): Interpreted => {
    const all = calls.map((call) => interpreted(call, stage, views));
    return (regions) => {
      for (let i = 0; i < all.length; i++) at(all, i)(regions);
    };
  });
  if (order.kind === "branches") {
    return (regions) => {
      const no = views.bool[at(regions, regions.length - 1)] === 0;
      (no ? other : body)?.(regions);
    };
  }
  const { length, stops, reverse, steps } = order;
  return (regions) => {
    const goes = regions[GOES] ?? 0;
    const count = (regions[COUNT] ?? 0) / BYTES.int32;
    const move = (times: number) => {
      for (let i = 0; i < steps.length; i++) {
        regions[i] = at(regions, i) + times * numberAt(steps, i);
      }
    };
    // Backwards from the last row visited.
    if (stops && reverse) move(1 - at(views.int32, count));
    for (let i = 0; stops ? views.bool[goes] !== 0 : i < length; i++) {
      if (i === length) throw stillTrue(order.most ?? length);
      body?.(regions);
      if (stops) views.int32[count] = at(views.int32, count) + (reverse ? -1 : 1);
      move(1);
    }
  };
}
