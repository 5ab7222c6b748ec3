/**
 * A loop of one element that a body repeats, as the function of some of its runs: carries stay in locals, and are in
 * memory before the first run and after the last. Values that do not vary are loaded and computed before the runs.
 *
 *   captured elements, first carries, steps of captured elements alone
 *   for each run: elements of rows, the other steps, rows of results
 *   last carries
 *
 * It is of so many runs, and not of all, since V8 changes to its better code when a function is entered.
 */

import type { Argument } from "../../../graph/call.ts";
import { BYTES } from "../../../tensor/dtype.ts";
import { at, numberAt } from "../../../tensor/shape.ts";
import { type ControlFunction, isLoop, type ProgramCall } from "../../program/calls/call.ts";
import { kindOfDType, type StepKinds } from "../../program/loop/kinds.ts";
import { isSingle, kindOf, type Loop, type Operand, outputDType } from "../../program/loop/loop.ts";
import { COUNT, GOES } from "../../program/schedule/bodies.ts";
import type { FunctionCode } from "./code.ts";
import { EMPTY_BLOCK, I32, PLAIN } from "./instructions.ts";
import { emitConversion, emitOperation, type Operands } from "./operations.ts";
import { type Elements, load, store } from "./transfer.ts";

/** The repetition of a loop by a body. */
export interface Repetition {
  /** By array, inputs first and then outputs: the bytes by which a run advances it; 0 for a carry or a capture. */
  readonly steps: readonly number[];
  /** By output: the input that it is in the next run. */
  readonly carried: readonly (number | undefined)[];
  /** The regions of a loop that stops by its values. */
  readonly stops:
    | {
        /** The output that says whether there is another run; undefined if there always is. */
        readonly goes: number | undefined;
        /** The inputs that are the count of runs, an int32 in memory, to which a run adds `count`. */
        readonly counted: readonly number[];
        readonly count: 1 | -1;
      }
    | undefined;
}

/** The address of an array, or the parameter that has it. */
export type Base = number | { readonly parameter: number };

export type Repeat = Extract<ControlFunction["order"], { kind: "repeat" }>;

/** A loop of one element that is all that a body does. */
export interface RepeatedLoop {
  readonly call: ProgramCall;
  readonly loop: Loop;
  readonly order: Repeat;
}

/** Returns the only call of a body that is repeated, if that is a loop of one element. */
export function repeatedLoop({ bodies, order }: ControlFunction): RepeatedLoop | undefined {
  const [call, ...others] = bodies[0]?.calls ?? [];
  if (order.kind !== "repeat" || call === undefined || others.length > 0) return undefined;
  const { function: callee } = call;
  return isLoop(callee) && isSingle(callee.loop) ? { call, loop: callee.loop, order } : undefined;
}

/** Returns the repetition of a body's only loop. */
export function repetitionOf(
  { arguments: args }: ProgramCall,
  loop: Loop,
  { stops, reverse, steps }: Repeat,
): Repetition {
  const [inputs, outputs] = [args.slice(0, loop.inputs.length), args.slice(loop.inputs.length)];
  const isRegion = (argument: Argument, region: number) =>
    typeof argument === "object" && argument.region === region;
  const stepOf = (argument: Argument) =>
    typeof argument === "object" ? (steps[argument.region] ?? 0) : 0;
  const elements = [...loop.inputs, ...loop.outputs];
  /**
   * Returns the start of an array for the loop; arrays of carries have few elements, which are loaded and stored one by
   * one.
   */
  const startOf = (array: number): string => {
    const { offset = 0 } = at(elements, array);
    const argument = at(args, array);
    if (typeof argument === "number") return "";
    return `${argument.region} ${argument.offset} ${offset}`;
  };
  const starts = new Map(inputs.map((_, i) => [startOf(i), i]));
  const carried = outputs.map((output, i) =>
    stepOf(output) === 0 ? starts.get(startOf(inputs.length + i)) : undefined,
  );
  const goes = outputs.findIndex((output) => isRegion(output, GOES));
  return {
    steps: args.map(stepOf),
    carried,
    stops: stops
      ? {
          goes: goes < 0 ? undefined : goes,
          counted: inputs.flatMap((input, i) => (isRegion(input, COUNT) ? [i] : [])),
          count: reverse ? -1 : 1,
        }
      : undefined,
  };
}

/** Writes a loop that runs as often as the last parameter says, or until it stops. */
export class RepeatedLoopEmitter implements Operands {
  readonly #code: FunctionCode;
  readonly #loop: Loop;
  readonly #kinds: readonly StepKinds[];
  readonly #repetition: Repetition;
  /** Inputs, outputs, and the count of runs. */
  readonly #bases: readonly Base[];
  readonly #inputs: readonly number[];
  readonly #steps: readonly number[];
  /** The step that is being written. */
  #step = 0;

  constructor(
    code: FunctionCode,
    loop: Loop,
    kinds: readonly StepKinds[],
    repetition: Repetition,
    bases: readonly Base[],
  ) {
    this.#code = code;
    this.#loop = loop;
    this.#kinds = kinds;
    this.#repetition = repetition;
    this.#bases = bases;
    this.#inputs = loop.inputs.map(({ dtype = loop.dtype }) =>
      code.locals(code.typeOf(kindOfDType(dtype, loop.dtype))),
    );
    this.#steps = kinds.map(({ result }) => code.locals(code.typeOf(result)));
  }

  /** @param runs the parameter that says how many there are at most. */
  emit(runs: number): void {
    const code = this.#code;
    const { inputs, steps, outputs } = this.#loop;
    const { carried, stops } = this.#repetition;
    const isCounted = (input: number) => stops?.counted.includes(input) === true;
    const isRow = (array: number) => numberAt(this.#repetition.steps, array) !== 0;
    const variesFrom = inputs.map((_, i) => isRow(i) || isCounted(i) || carried.includes(i));
    const varies: boolean[] = [];
    for (const step of steps) {
      varies.push(
        step.inputs.some(({ kind, ...operand }) => {
          if (kind === "constant") return false;
          const index = "index" in operand ? operand.index : 0;
          return kind === "input" ? variesFrom[index] : varies[index];
        }),
      );
    }
    inputs.forEach((_, i) => {
      if (!isRow(i) && !isCounted(i)) this.#load(i);
    });
    steps.forEach((_, i) => {
      if (!varies[i]) this.#compute(i);
    });
    const count = stops && code.locals(I32);
    if (count !== undefined) {
      this.#pushBase(at(this.#bases, this.#bases.length - 1));
      code.plain(PLAIN.i32Load);
      code.memory(0, 0);
      code.set(count);
    }
    code.plainWith(PLAIN.block, EMPTY_BLOCK);
    code.plainWith(PLAIN.loop, EMPTY_BLOCK);
    inputs.forEach(({ dtype = this.#loop.dtype }, i) => {
      if (isRow(i)) this.#load(i);
      if (!isCounted(i) || count === undefined) return;
      code.get(count);
      if (kindOfDType(dtype, this.#loop.dtype) === "number") code.plain(PLAIN.convertToFloat64);
      code.set(at(this.#inputs, i));
    });
    steps.forEach((_, i) => {
      if (varies[i]) this.#compute(i);
    });
    outputs.forEach((_, i) => {
      if (isRow(inputs.length + i)) this.#store(i);
    });
    outputs.forEach(({ step }, i) => {
      const input = carried[i];
      if (input === undefined) return;
      code.get(at(this.#steps, step));
      code.set(at(this.#inputs, input));
    });
    this.#bases.forEach((base, i) => {
      const distance = this.#repetition.steps[i] ?? 0;
      if (typeof base === "object" && distance !== 0) this.#add(base.parameter, distance);
    });
    if (stops && count !== undefined) this.#add(count, stops.count);
    if (stops?.goes !== undefined) {
      code.get(at(this.#steps, at(outputs, stops.goes).step));
      code.plain(PLAIN.i32Eqz);
      code.plainWith(PLAIN.brIf, 1);
    }
    this.#add(runs, -1);
    code.get(runs);
    code.plainWith(PLAIN.brIf, 0);
    code.plain(PLAIN.end);
    code.plain(PLAIN.end);
    outputs.forEach((_, i) => {
      if (!isRow(inputs.length + i)) this.#store(i);
    });
    if (count === undefined) return;
    this.#pushBase(at(this.#bases, this.#bases.length - 1));
    code.get(count);
    code.plain(PLAIN.i32Store);
    code.memory(0, 0);
  }

  #add(local: number, distance: number): void {
    const code = this.#code;
    code.get(local);
    code.int32(distance);
    code.plain(PLAIN.i32Add);
    code.set(local);
  }

  #pushBase(base: Base): void {
    if (typeof base === "number") this.#code.int32(base);
    else this.#code.get(base.parameter);
  }

  #elements(array: number, offset: number, size: number): Elements {
    const base = at(this.#bases, array);
    const start = offset * size;
    return typeof base === "number"
      ? { address: undefined, offsets: [base + start] }
      : { address: base.parameter, offsets: [start] };
  }

  #load(input: number): void {
    const { dtype = this.#loop.dtype, offset = 0 } = at(this.#loop.inputs, input);
    load(this.#code, dtype, this.#elements(input, offset, BYTES[dtype]));
    this.#code.set(at(this.#inputs, input));
  }

  #store(index: number): void {
    const output = at(this.#loop.outputs, index);
    const dtype = outputDType(output, this.#loop, this.#kinds);
    const array = this.#loop.inputs.length + index;
    const elements = this.#elements(array, output.offset ?? 0, BYTES[dtype]);
    store(this.#code, dtype, at(this.#steps, output.step), () => 0, elements);
  }

  #compute(step: number): void {
    this.#step = step;
    emitOperation(this.#code, at(this.#loop.steps, step).op, at(this.#kinds, step), this);
    this.#code.set(at(this.#steps, step));
  }

  push(index: number): void {
    const code = this.#code;
    const operand = this.#operand(index);
    const kind = kindOf(operand, this.#loop, this.#kinds) ?? "number";
    if (operand.kind === "constant") code.constant(kind, operand.value);
    else code.get(at(operand.kind === "input" ? this.#inputs : this.#steps, operand.index));
    emitConversion(code, kind, at(at(this.#kinds, this.#step).operands, index));
  }

  constantOf(index: number): number | undefined {
    const operand = this.#operand(index);
    const isNumber = kindOf(operand, this.#loop, this.#kinds) === "number";
    return operand.kind === "constant" && isNumber ? this.#code.round(operand.value) : undefined;
  }

  #operand(index: number): Operand {
    return at(at(this.#loop.steps, this.#step).inputs, index);
  }
}
