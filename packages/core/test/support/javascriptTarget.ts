/**
 * A second target for programs: the calls of a program in JavaScript, on a memory of its own. It has no kernel,
 * short loops, and reductions at the end of all of them, so it goes other ways than WebAssembly does.
 */

import type { Argument } from "../../src/graph/call.ts";
import { readCell, writeCell } from "../../src/graph/recording.ts";
import { givenValue } from "../../src/graph/replay.ts";
import { isComputed, type TraceNode } from "../../src/graph/trace.ts";
import { isControl, isLoop, type ProgramCall } from "../../src/run/program/calls.ts";
import { align } from "../../src/run/program/freeList.ts";
import { checkLoop, outputDType } from "../../src/run/program/loop.ts";
import { HOMES, OWN, SCRATCH } from "../../src/run/program/places.ts";
import type { Program } from "../../src/run/program/program.ts";
import type { Target } from "../../src/run/program/target.ts";
import { arrayIn, BYTES, type DType, type TypedArray } from "../../src/tensor/dtype.ts";
import { at, sizeOf } from "../../src/tensor/shape.ts";
import { readArray, stored, type Tensor } from "../../src/tensor/tensor.ts";
import { evaluateInto } from "./loops.ts";

export const javascriptTarget: Target = {
  bytes: BYTES,
  mostSteps: 7,
  endsInReductions: () => true,
  loopPays: () => true,
  readsStrided: () => false,
  keepsComposites: false,
  cache: { chunk: 40, row: 2 ** 20, whole: 1 },
  scratchBytes: () => 0,
  calls: () => undefined,
};

/** Runs a program, assigns to Variables, and returns the results. */
export function runInJavaScript(program: Program, inputs: readonly Tensor[]): Tensor[] {
  const { trace, plan, calls, commits } = program;
  const { nodes, outputs, assignments } = trace;
  const starts: number[] = [];
  let end = 0;
  const reserve = (region: number, bytes: number) => {
    starts[region] = end;
    end += align(bytes);
  };
  reserve(SCRATCH, plan.scratchBytes + plan.workBytes);
  reserve(OWN, plan.ownBytes);
  plan.homes.forEach(({ id }, i) => {
    const { dtype, shape } = nodes[id] as TraceNode;
    reserve(HOMES + i, BYTES[dtype] * sizeOf(shape));
  });
  // What nobody has written is no number, so that reading it shows.
  const buffer = new ArrayBuffer(end + 64);
  new Uint8Array(buffer).fill(0xff);
  const viewOf = (id: number): TypedArray => {
    const { region, offset } = at(plan.locations as Program["plan"]["locations"][number][], id) ?? {
      region: 0,
      offset: 0,
    };
    const { dtype, shape } = nodes[id] as TraceNode;
    return arrayIn(buffer, dtype, at(starts, region) + offset, sizeOf(shape));
  };
  const given = (id: number) => givenValue(nodes[id] as TraceNode, inputs, readCell);
  for (const id of plan.given) viewOf(id).set(readArray(given(id) as Tensor, "test"));

  const rest = (dtype: DType, address: number) =>
    arrayIn(buffer, dtype, address, Math.floor((buffer.byteLength - address) / BYTES[dtype]));
  const run = ({ function: callee, arguments: list }: ProgramCall, starts: readonly number[]) => {
    const numbers = list.map((argument: Argument) =>
      typeof argument === "number" ? argument : at(starts, argument.region) + argument.offset,
    );
    if (typeof callee === "string") throw new Error(`${callee} is no function of JavaScript`);
    if (isControl(callee)) {
      const { bodies, order } = callee;
      const all = (which: number, regions: readonly number[]) => {
        for (const call of at(bodies, which).calls) run(call, regions);
      };
      if (order.kind === "branches") {
        all(new Uint8Array(buffer)[at(numbers, numbers.length - 1)] === 0 ? 1 : 0, numbers);
        return;
      }
      const { length, stops, reverse, steps } = order;
      const memory = new DataView(buffer);
      const behind = stops ? memory.getInt32(at(numbers, 2), true) : 0;
      for (let i = 0; stops ? memory.getUint8(at(numbers, 1)) !== 0 : i < length; i++) {
        if (i === length) throw new Error("the loop must have ended");
        // Backwards it begins with the last row that is behind.
        const rows = stops && reverse ? i + 1 - behind : i;
        all(
          0,
          numbers.map((number, k) => number + (at(steps, k) === 0 ? 0 : rows * at(steps, k))),
        );
        if (stops) {
          const count = memory.getInt32(at(numbers, 2), true);
          memory.setInt32(at(numbers, 2), count + (reverse ? -1 : 1), true);
        }
      }
      return;
    }
    if (!isLoop(callee)) {
      callee.run({ buffer }, ...numbers);
      return;
    }
    const { loop } = callee;
    const kinds = checkLoop(loop);
    const arrays = [
      ...loop.inputs.map(({ dtype = loop.dtype }) => dtype),
      ...loop.outputs.map((output) => outputDType(output, loop, kinds)),
    ].map((dtype, i) => rest(dtype, at(numbers, i)));
    evaluateInto(loop, arrays.slice(0, loop.inputs.length), arrays.slice(loop.inputs.length));
  };
  for (const call of calls) run(call, starts);
  const resultOf = (id: number): Tensor => {
    const node = nodes[id] as TraceNode;
    return isComputed(node)
      ? stored(node.shape, node.dtype, viewOf(id).slice(), node.weak)
      : (given(id) as Tensor);
  };
  const results = outputs.map(resultOf);
  const assigned = assignments.map(({ id }) => resultOf(id));
  for (const call of commits) run(call, starts);
  assignments.forEach(({ cell }, i) => {
    writeCell(cell, at(assigned, i));
  });
  return results;
}
