/**
 * The code of one function while it is written: its locals, its instructions, the functions that it
 * imports, and constants of vectors, which are set before all loops.
 */

import type { Kind } from "../../program/loop/loopOps.ts";
import type { Lane, LaneWriter } from "../kernel/lanes.ts";
import { ByteWriter } from "./bytes.ts";
import {
  I32,
  LANES,
  type Lanes,
  PLAIN,
  SATURATING_PREFIX,
  V128,
  VECTOR,
  VECTOR_PREFIX,
} from "./instructions.ts";

/** The types of a function's parameters and results. */
export interface FunctionType {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

/** An imported function: of the kernel, or of JavaScript. */
export interface ImportedFunction {
  readonly module: "kernel" | "js";
  readonly name: string;
  readonly type: FunctionType;
  /** The group of the kernel that has it; undefined for the base. */
  readonly group?: string | undefined;
}

/** The parts of a module that its functions share. */
export class ModuleCode {
  readonly imports: ImportedFunction[] = [];
  /** The finished functions as in the code section, and the number of int32 parameters of each. */
  readonly functions = new ByteWriter(4096);
  readonly parameters: number[] = [];

  /** Returns the index of an imported function, which is imported once. */
  import(
    module: ImportedFunction["module"],
    name: string,
    type: FunctionType,
    group?: string,
  ): number {
    const known = this.imports.findIndex((each) => each.module === module && each.name === name);
    return known < 0 ? this.imports.push({ module, name, type, group }) - 1 : known;
  }
  /** The function that is being written. Its arrays are reused, since creating them for every function is slow. */
  readonly constants = new ByteWriter(256);
  readonly body = new ByteWriter(2048);
}

type Movable =
  /** An address of an array of the loop. */
  | { readonly array: number }
  /** The index of a function of the kernel. */
  | { readonly name: string; readonly type: FunctionType; readonly group: string | undefined }
  /** A multiple of the count of the outermost loop. */
  | { readonly times: number };

/** A number in a function, five bytes at an offset. */
export type Move = Movable & { readonly at: number; readonly value: number };

const OF_VECTOR: FunctionType = { parameters: [V128], results: [V128] };
const OF_VECTORS: FunctionType = { parameters: [V128, V128], results: [V128] };

/** The parameters of a function that makes some of the runs of its outermost loop. */
export interface Range {
  readonly first: number;
  readonly count: number;
  /** The number of all runs. */
  readonly all: number;
}

/** The writer of one function at a time; the next function reuses it. */
export class FunctionCode implements LaneWriter {
  readonly dtype: "float32" | "float64";
  readonly vectors: boolean;
  readonly lanes: Lanes;
  readonly parameters: number;
  /** The array of the loop that is loaded from or stored to: inputs first, then outputs. */
  array = 0;
  readonly #moves: Move[] | undefined;
  readonly #isOpen: boolean;
  /** Undefined where the function makes all runs. */
  readonly range: Range | undefined;
  readonly #module: ModuleCode;
  readonly #constants: ByteWriter;
  readonly #body: ByteWriter;
  /** The types of the locals after the parameters. */
  readonly #locals: number[] = [];
  readonly #constantLocals = new Map<number, number>();
  readonly #integerLocals = new Map<number, number>();
  readonly #maskLocals = new Map<number, number>();
  #zero: number | undefined;

  /**
   * @param vectors whether its values are vectors, or single.
   * @param parameters how many int32 the function takes: its first locals.
   * @param module takes the function when it is finished.
   * @param moves takes the offsets of numbers that differ in another module or at other addresses, counted from the body,
   * @param isOpen and whether the count of the outermost loop is one of these.
   * @param range the parameters that say which runs of the outermost loop to make.
   */
  constructor(
    dtype: "float32" | "float64",
    vectors: boolean,
    parameters: number,
    module: ModuleCode,
    moves?: Move[],
    isOpen = false,
    range?: Range,
  ) {
    this.range = range;
    this.#module = module;
    this.#moves = moves;
    this.#isOpen = isOpen;
    this.#constants = module.constants;
    this.#body = module.body;
    this.#constants.clear();
    this.#body.clear();
    this.dtype = dtype;
    this.vectors = vectors;
    this.lanes = LANES[dtype];
    this.parameters = parameters;
  }

  /** The number of elements that a value holds. */
  get count(): number {
    return this.vectors ? this.lanes.count : 1;
  }

  laneOf(kind: Kind): Lane {
    if (kind !== "number") return this.vectors ? "i32x4" : "i32";
    return this.vectors ? this.lanes.vector : this.lanes.scalar;
  }

  /** Returns the type of a local of a kind of values. */
  typeOf(kind: Kind): number {
    if (this.vectors) return V128;
    return kind === "number" ? this.lanes.type : I32;
  }

  /** Declares locals in a row. @returns the index of the first. */
  locals(type: number, count = 1): number {
    const first = this.parameters + this.#locals.length;
    for (let i = 0; i < count; i++) this.#locals.push(type);
    return first;
  }

  get(local: number): void {
    this.#body.byte(PLAIN.localGet);
    this.#body.unsigned(local);
  }

  set(local: number): void {
    this.#body.byte(PLAIN.localSet);
    this.#body.unsigned(local);
  }

  tee(local: number): void {
    this.#body.byte(PLAIN.localTee);
    this.#body.unsigned(local);
  }

  /** A plain instruction without operands. */
  plain(instruction: number): void {
    this.#body.byte(instruction);
  }

  /** A plain instruction and its unsigned operand. */
  plainWith(instruction: number, operand: number): void {
    this.#body.byte(instruction);
    this.#body.unsigned(operand);
  }

  int32(value: number): void {
    this.#body.byte(PLAIN.i32Const);
    this.#body.signed(value);
  }

  /** Emits the product of a local and a number. */
  product(local: number, times: number): void {
    this.get(local);
    if (times === 1) return;
    this.int32(times);
    this.plain(PLAIN.i32Mul);
  }

  /** Writes the product of a count and `times`. The count of the outermost loop is patched in a template. */
  counted(count: number, times: number, isOutermost: boolean): void {
    if (isOutermost && this.range !== undefined) {
      this.product(this.range.count, times);
      return;
    }
    if (!isOutermost || !this.#isOpen) {
      this.int32(count * times);
      return;
    }
    this.#body.byte(PLAIN.i32Const);
    // A padded number of less than 31 bits is the same with and without a sign.
    this.#movable({ times }, count * times);
  }

  /** Booleans are 0 and 1, in vectors 0 and −1. */
  constant(kind: Kind, value: number): void {
    const integer = kind === "boolean" && value !== 0 ? (this.vectors ? -1 : 1) : value;
    if (kind !== "number") {
      if (this.vectors) this.get(this.integers(integer));
      else this.int32(integer);
    } else if (this.vectors) {
      this.get(this.numbers(value));
    } else {
      writeNumber(this.#body, this.dtype, value);
    }
  }

  instruct(opcodes: number | readonly number[]): void {
    if (typeof opcodes !== "number") {
      for (const opcode of opcodes) this.instruct(opcode);
    } else if (this.vectors) {
      this.vector(opcodes);
    } else if (opcodes > 0xff) {
      this.#body.byte(SATURATING_PREFIX);
      this.#body.byte(opcodes & 0xff);
    } else {
      this.#body.byte(opcodes);
    }
  }

  extractFirstLane(instruction = this.lanes.extractLane): void {
    this.lane(instruction, 0);
  }

  lane(instruction: number, lane: number): void {
    this.vector(instruction);
    this.#body.byte(lane);
  }

  vector(instruction: number): void {
    this.#body.byte(VECTOR_PREFIX);
    this.#body.unsigned(instruction);
  }

  /** A vector load or store; `lane` for those of one lane. */
  vectorMemory(instruction: number, alignment: number, offset: number, lane?: number): void {
    this.vector(instruction);
    this.memory(alignment, offset);
    if (lane !== undefined) this.#body.byte(lane);
  }

  /** The immediate operands of a load or store. */
  memory(alignment: number, offset: number): void {
    this.#body.byte(alignment);
    if (this.#moves === undefined) this.#body.unsigned(offset);
    else this.#movable({ array: this.array }, offset);
  }

  /** Writes a number in five bytes, and notes their offset. */
  #movable(move: Movable, value: number): void {
    this.#moves?.push({ ...move, at: this.#body.length, value });
    this.#body.padded(value);
  }

  /** A function of the kernel, imported on its first call. */
  call(name: string, parameters: number, group: string | undefined): void {
    const type = parameters === 1 ? OF_VECTOR : OF_VECTORS;
    const index = this.#module.import("kernel", name, type, group);
    if (this.#moves === undefined) this.plainWith(PLAIN.call, index);
    else {
      this.plain(PLAIN.call);
      this.#movable({ name, type, group }, index);
    }
  }

  /** A float64 constant, whatever the function's dtype. */
  float64(value: number): void {
    writeNumber(this.#body, "float64", value);
  }

  /** An instruction for whole ranges of memory. */
  bulk(instruction: number, memories: number): void {
    this.#body.byte(SATURATING_PREFIX);
    this.#body.byte(instruction);
    for (let i = 0; i < memories; i++) this.#body.byte(0);
  }

  /** Returns a number rounded to the dtype. */
  round(value: number): number {
    return this.dtype === "float32" ? Math.fround(value) : value;
  }

  /** Returns the local that holds a number in every lane, rounded to the dtype. */
  numbers(value: number): number {
    const rounded = this.round(value);
    // A Map does not distinguish −0 from 0.
    if (Object.is(rounded, 0)) {
      this.#zero ??= this.#newConstant(rounded);
      return this.#zero;
    }
    let local = this.#constantLocals.get(rounded);
    if (local === undefined) {
      local = this.#newConstant(rounded);
      this.#constantLocals.set(rounded, local);
    }
    return local;
  }

  /** Returns the local that holds a vector with all bits of the first lanes set. */
  mask(count: number): number {
    let local = this.#maskLocals.get(count);
    if (local === undefined) {
      local = this.locals(V128);
      this.#maskLocals.set(count, local);
      const writer = this.#constants;
      writer.byte(VECTOR_PREFIX);
      writer.unsigned(VECTOR.constant);
      for (let i = 0; i < 16; i++) writer.byte(i < count * this.lanes.size ? 255 : 0);
      writer.byte(PLAIN.localSet);
      writer.unsigned(local);
    }
    return local;
  }

  /** Moves bytes of the two vectors on the stack, numbered 0 to 31, to these positions. */
  shuffle(bytes: readonly number[]): void {
    this.vector(VECTOR.shuffle);
    for (const byte of bytes) this.#body.byte(byte);
  }

  /** Returns the local that holds an int32 in every lane. */
  integers(value: number): number {
    let local = this.#integerLocals.get(value | 0);
    if (local === undefined) {
      local = this.locals(V128);
      this.#integerLocals.set(value | 0, local);
      const writer = this.#constants;
      writer.byte(PLAIN.i32Const);
      writer.signed(value);
      writer.byte(VECTOR_PREFIX);
      writer.unsigned(VECTOR.i32x4Splat);
      writer.byte(PLAIN.localSet);
      writer.unsigned(local);
    }
    return local;
  }

  #newConstant(value: number): number {
    const local = this.locals(V128);
    const writer = this.#constants;
    writeNumber(writer, this.dtype, value);
    writer.byte(VECTOR_PREFIX);
    writer.unsigned(this.lanes.splat);
    writer.byte(PLAIN.localSet);
    writer.unsigned(local);
    return local;
  }

  /** Adds the whole function to the module. */
  /** @returns where the body begins among the functions of the module. */
  finish(): number {
    let body = 0;
    const writer = this.#module.functions;
    this.#module.parameters.push(this.parameters);
    writer.sized(() => {
      const runs: [type: number, count: number][] = [];
      for (const type of this.#locals) {
        const last = runs[runs.length - 1];
        if (last?.[0] === type) last[1]++;
        else runs.push([type, 1]);
      }
      writer.unsigned(runs.length);
      for (const [type, count] of runs) {
        writer.unsigned(count);
        writer.byte(type);
      }
      writer.append(this.#constants);
      body = writer.length;
      writer.append(this.#body);
      writer.byte(PLAIN.end);
    });
    return body;
  }
}

function writeNumber(writer: ByteWriter, dtype: "float32" | "float64", value: number): void {
  if (dtype === "float32") {
    writer.byte(PLAIN.f32Const);
    writer.float32(value);
  } else {
    writer.byte(PLAIN.f64Const);
    writer.float64(value);
  }
}
