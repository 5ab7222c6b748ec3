/**
 * Loops as functions of a WebAssembly module, on the kernel's memory.
 *
 * In: a loop, which is data. Out: bytes of a function.
 *
 * Invariant: each element has the bits of the scalar functions of its steps, whatever the width of the vectors. Loops know
 * addresses as constants or as locals, so the same code serves programs and bodies.
 */

import { BYTES } from "../../../tensor/dtype.ts";
import { outputStrides } from "../../program/loop/axes.ts";
import type { StepKinds } from "../../program/loop/kinds.ts";
import {
  checkLoop,
  isSingle,
  type Loop,
  outputDType,
  reducedAxesOf,
  refuse,
} from "../../program/loop/loop.ts";
import { FunctionCode, type ModuleCode, type Move } from "./code.ts";
import { LANES } from "./instructions.ts";
import { type LoopAddress, LoopNestEmitter } from "./loopNest.ts";
import { type Base, RepeatedLoopEmitter, type Repetition } from "./repeated.ts";
import { type ArrayLayout, checkReductions, oneElement, planSpace, type Space } from "./space.ts";
import { keepTemplate, templateOf, writeTemplate } from "./templates.ts";

/** More than this many steps are refused: V8's first compiler is quadratic in them. */
export const MAXIMUM_STEPS = 500;

/**
 * Writes one loop's function, each array without an address as a parameter. The bits are those of the
 * ops' scalar functions, rounded to the dtype after every step; only the payload of NaN may differ.
 *
 * An output may be the very array of an input of its shape, dtype and strides, and may overlap nothing else. Nothing
 * but the outputs is written.
 *
 * @returns false if the loop has no elements and needs no function.
 * @throws ArgumentError if a loop is not what `Loop` says, or has too many steps.
 */
export function encodeLoop(
  loop: Loop,
  addresses: readonly (LoopAddress | undefined)[],
  module: ModuleCode,
): boolean {
  const template = templateOf(loop, addresses);
  if (template && writeTemplate(template, module)) return true;
  const { dtype, inputs, steps, outputs } = loop;
  if (steps.length > MAXIMUM_STEPS) {
    refuse("steps", `at most ${MAXIMUM_STEPS}`, String(steps.length), "Emit several loops");
  }
  const kinds = checkLoop(loop);
  let parameters = 0;
  const found = [...inputs, ...outputs].map((_, i): LoopAddress => {
    const address = addresses[i] ?? { parameter: parameters, offset: 0 };
    if (typeof address === "object") parameters = Math.max(parameters, address.parameter + 1);
    return address;
  });
  const vectors = !isSingle(loop);
  const spaces = vectors ? spacesOf(loop, kinds) : [spaceOfSingle(loop, kinds)];
  if (spaces.length === 0) return false;
  const moves: Move[] | undefined = template && [];
  const start = module.functions.length;
  const isOpen = template?.extent !== undefined;
  const code = new FunctionCode(dtype, vectors, parameters, module, moves, isOpen);
  for (const space of spaces) new LoopNestEmitter(code, loop, kinds, space, found).emit();
  const body = code.finish();
  if (template && moves) keepTemplate(template, module, { start, body, moves });
  return true;
}

/**
 * Writes the function of a loop of one element that a body repeats: its last parameter says how often.
 *
 * @param addresses of inputs and outputs, and then that of the count of runs, where there is one.
 */
export function encodeRepeated(
  loop: Loop,
  addresses: readonly (number | undefined)[],
  module: ModuleCode,
  repetition: Repetition,
): void {
  const kinds = checkLoop(loop);
  let parameters = 0;
  const bases = addresses.map((address): Base => address ?? { parameter: parameters++ });
  const code = new FunctionCode(loop.dtype, false, parameters + 1, module);
  new RepeatedLoopEmitter(code, loop, kinds, repetition, bases).emit(parameters);
  code.finish();
}

/** Returns the spaces that a loop walks. */
export function spacesOf(loop: Loop, kinds: readonly StepKinds[]): Space[] {
  const { dtype, shape, inputs, steps, outputs } = loop;
  const arrays = inputs.map(({ offset = 0, strides, dtype: type = dtype }): ArrayLayout => {
    return { offset, strides, size: BYTES[type] };
  });
  for (const output of outputs) {
    const { offset = 0 } = output;
    const size = BYTES[outputDType(output, loop, kinds)];
    arrays.push({ offset, strides: outputStrides(shape, output), size });
  }
  checkReductions(loop);
  return planSpace(shape, arrays, {
    lanes: LANES[dtype].count,
    steps: steps.length,
    reducedAxes: reducedAxesOf(loop),
  });
}

/** Returns the same for one element, of hundreds of arrays as a rule. */
function spaceOfSingle(loop: Loop, kinds: readonly StepKinds[]): Space {
  const starts = loop.inputs.map(({ offset = 0, dtype = loop.dtype }) => offset * BYTES[dtype]);
  for (const output of loop.outputs) {
    starts.push((output.offset ?? 0) * BYTES[outputDType(output, loop, kinds)]);
  }
  return oneElement(starts);
}
