/**
 * A second target for programs: JavaScript drives their calls on a memory of its own. It has no kernel, short loops, and reductions at the end of all of them, so it goes other ways than WebAssembly does.
 */

import { readCell, writeCell } from "../../src/graph/recording.ts";
import { givenValue } from "../../src/graph/replay.ts";
import { isComputed, type TraceNode } from "../../src/graph/trace.ts";
import { isEmitted, type ProgramCall } from "../../src/run/program/calls.ts";
import { align } from "../../src/run/program/freeList.ts";
import { HOMES, OWN, SCRATCH, WORK } from "../../src/run/program/places.ts";
import type { Program } from "../../src/run/program/program.ts";
import type { Target } from "../../src/run/program/target.ts";
import { driveCalls } from "../../src/run/wasm/drive/control.ts";
import { type CallHost, makeCall } from "../../src/run/wasm/makeCall.ts";
import { arrayIn, BYTES, type TypedArray } from "../../src/tensor/dtype.ts";
import { at, sizeOf } from "../../src/tensor/shape.ts";
import { readArray, stored, type Tensor } from "../../src/tensor/tensor.ts";

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
  reserve(SCRATCH, plan.scratchBytes);
  reserve(WORK, plan.workBytes);
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

  const bytes = new Uint8Array(buffer);
  const exports = {
    clear: (to: number, count: number) => bytes.fill(0, to, to + count),
    copy: (from: number, to: number, count: number) => bytes.copyWithin(to, from, from + count),
  };
  const stage = {
    host: { memory: { buffer }, exports } as unknown as CallHost,
    room: undefined,
  };
  const run = (list: readonly ProgramCall[]) => {
    const driven = driveCalls(stage, list, starts);
    list.forEach((call, i) => {
      const { function: callee } = call;
      if (isEmitted(callee)) driven[i]?.();
      else makeCall(stage.host, { ...call, function: callee }, starts);
    });
  };
  run(calls);
  const resultOf = (id: number): Tensor => {
    const node = nodes[id] as TraceNode;
    return isComputed(node)
      ? stored(node.shape, node.dtype, viewOf(id).slice(), node.weak)
      : (given(id) as Tensor);
  };
  const results = outputs.map(resultOf);
  const assigned = assignments.map(({ id }) => resultOf(id));
  run(commits);
  assignments.forEach(({ cell }, i) => {
    writeCell(cell, at(assigned, i));
  });
  return results;
}
