/**
 * A target limits the number of arrays in a loop.
 */

import { expect, test } from "vitest";
import { simplify } from "../../src/compile/simplify.ts";
import { lower } from "../../src/graph/lower.ts";
import { record } from "../../src/graph/recording.ts";
import type { Trace } from "../../src/graph/trace.ts";
import { TraceRecording } from "../../src/graph/tracing.ts";
import { concat, grad, stack, type Tensor, uniform } from "../../src/index.ts";
import { isControl, isLoop, type ProgramCall } from "../../src/run/program/calls/call.ts";
import { programOf } from "../../src/run/program/program.ts";
import { fewArrays } from "../../src/run/program/schedule/fewArrays.ts";
import { wasmTarget } from "../../src/run/wasm/memory/target.ts";
import { inputsOf, randomFunction } from "../support/randomFunctions.ts";

function traceOf(fn: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]): Trace {
  const trace = record(new TraceRecording(), (recording) =>
    recording.trace([fn(...inputs.map((input) => recording.argument(input)))]),
  );
  return simplify(lower(trace));
}

/** Returns the number of arrays that each loop reads and writes, including the loops of bodies. */
function arraysOfLoops(calls: readonly ProgramCall[]): number[] {
  return calls.flatMap(({ function: own, arguments: given }) => {
    if (isControl(own)) return own.bodies.flatMap((body) => arraysOfLoops(body.calls));
    if (!isLoop(own)) return [];
    return [new Set(given.map((each) => typeof each === "object" && each.value)).size];
  });
}

test.each([5, 7])("of programs whose loops have at most %i arrays", (mostArrays) => {
  let most = 0;
  const expectFew = (fn: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]) => {
    const trace = traceOf(fn, inputs);
    const { calls } = programOf(trace, { ...wasmTarget, arrays: fewArrays(mostArrays) });
    most = Math.max(most, ...arraysOfLoops(programOf(trace, wasmTarget).calls));
    for (const arrays of arraysOfLoops(calls)) expect(arrays).toBeLessThanOrEqual(mostArrays);
  };
  for (let seed = 0; seed < 60; seed++) {
    const inputs = inputsOf(seed, "float32");
    const fn = (...given: Tensor[]) => randomFunction(seed)(...(given as typeof inputs));
    expectFew(fn, inputs);
    expectFew((...given) => grad(randomFunction(seed))(...(given as typeof inputs)), inputs);
  }
  const many = Array.from({ length: 12 }, (_, seed) => uniform([40], { seed }));
  expectFew(
    (...xs) =>
      stack(
        xs.map((x) => x.exp()),
        1,
      ),
    many,
  );
  expectFew((...xs) => concat(xs), many);
  expectFew((...xs) => stack(xs.map((x) => x.square().sum())), many);
  // Without the limit, loops would have more arrays.
  expect(most).toBeGreaterThan(10);
});
