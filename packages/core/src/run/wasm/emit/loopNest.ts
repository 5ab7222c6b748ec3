/**
 * The loop nest of an emitted function: each loop contains the values that vary with it and with no inner loop. Values
 * that do not vary at all (numbers, and what is computed from numbers alone) are computed before all loops.
 *
 *   constants, elements that never change, steps of these alone
 *   loop over axis 0
 *     elements that change with axis 0 alone, their steps
 *     …
 *     loop over blocks: for each vector of a block the other elements, steps and stores
 *     the same once more for the rest, whose last vector may be partly filled
 *     results of reductions
 */

import { BLOCK } from "../../../families/orderOfSums.ts";
import { at } from "../../../tensor/shape.ts";
import { kindOfDType, type StepKinds } from "../../program/loop/kinds.ts";
import { kindOf, type Loop, type Operand, outputDType } from "../../program/loop/loop.ts";
import type { Kind } from "../../program/loop/loopOps.ts";
import type { FunctionCode } from "./code.ts";
import { EMPTY_BLOCK, I32, PLAIN, V128 } from "./instructions.ts";
import { emitConversion, emitOperation, type Operands } from "./operations.ts";
import { ReductionEmitter } from "./reductions.ts";
import type { Space, Walk } from "./space.ts";
import { type Elements, load, store, storeLanes } from "./transfer.ts";

/** An input or a step: where its vectors are. */
interface Value {
  /** The number of loops around it. */
  readonly level: number;
  readonly uniform: boolean;
  /** The WebAssembly local of the value, or the first of its locals if it has one for each vector of a block. */
  readonly local: number;
  readonly perVector: boolean;
}

/** The address of an array, or an offset in bytes from the address that a parameter holds. */
export type LoopAddress = number | { readonly parameter: number; readonly offset: number };

/** Arrays with the same walk and the same parameter. */
interface Position {
  readonly walk: Walk;
  /** Undefined where their addresses are constant. */
  readonly parameter: number | undefined;
  /** The WebAssembly local with the byte offset of the current element; undefined if the address is constant. */
  readonly local: number | undefined;
}

/**
 * The address of an array: a constant plus a local, which is a position or a parameter. An address is unsigned, and
 * instructions add to it without wrapping around. So with negative strides the address is that of a block's lowest
 * element, computed for every block.
 */
interface ArrayAddress {
  readonly walk: Walk;
  /** The WebAssembly local that is added to the base; undefined if the base is the whole address. */
  readonly from: number | undefined;
  readonly base: number;
  /** The local of the address. */
  readonly address: number | undefined;
  /** The bytes by which the address is below the block's first element; 0 unless strides are negative. */
  below: number;
}

export class LoopNestEmitter implements Operands {
  readonly #code: FunctionCode;
  readonly #loop: Loop;
  readonly #kinds: readonly StepKinds[];
  readonly #space: Space;
  /** The level of the loop over blocks. */
  readonly #blockLevel: number;
  readonly #positions: Position[] = [];
  /** Inputs, then outputs. */
  readonly #arrays: readonly ArrayAddress[];
  readonly #inputs: readonly Value[];
  readonly #steps: readonly Value[];
  /** Undefined where nothing is reduced. */
  readonly #reductions: ReductionEmitter | undefined;
  #scratch: number | undefined;
  /** The step that is being written, and for which vector of a block. */
  #step = 0;
  #vector = 0;

  /** @param addresses of inputs, then outputs. */
  constructor(
    code: FunctionCode,
    loop: Loop,
    kinds: readonly StepKinds[],
    space: Space,
    addresses: readonly LoopAddress[],
  ) {
    this.#code = code;
    this.#loop = loop;
    this.#kinds = kinds;
    this.#space = space;
    this.#blockLevel = space.outer.length + 1;
    this.#arrays = space.walkOf.map((walkIndex, i): ArrayAddress => {
      const walk = at(space.walks, walkIndex);
      const address = at(addresses, i);
      const parameter = typeof address === "number" ? undefined : address.parameter;
      const base = (typeof address === "number" ? address : address.offset) + at(space.starts, i);
      const from = this.#positionOf(walk, parameter).local ?? parameter;
      return { walk, from, base, address: walk.backward ? code.locals(I32) : from, below: 0 };
    });
    const hoisted = space.blocks > 0 ? space.vectors : Math.ceil(space.rest / code.count);
    const value = (kind: Kind, level: number, uniform: boolean): Value => {
      const perVector = !uniform && level < this.#blockLevel;
      const local = code.locals(code.typeOf(kind), perVector ? hoisted : 1);
      return { level, uniform, perVector, local };
    };
    this.#inputs = loop.inputs.map(({ dtype = loop.dtype }, i) => {
      const { level, uniform } = at(this.#arrays, i).walk;
      return value(kindOfDType(dtype, loop.dtype), level, uniform);
    });
    const steps: Value[] = [];
    this.#steps = steps;
    loop.steps.forEach(({ inputs }, i) => {
      let level = 0;
      let uniform = true;
      // A single element has no loops.
      for (const operand of code.vectors ? inputs : []) {
        if (operand.kind === "constant") continue;
        const used = this.#valueOf(operand);
        level = Math.max(level, used.level);
        uniform &&= used.uniform;
      }
      steps.push(value(at(kinds, i).result, level, uniform));
    });
    const reductions = loop.outputs.flatMap(({ reduction }) => reduction ?? []);
    if (reductions.length > 0) this.#reductions = new ReductionEmitter(code, reductions);
  }

  /** Returns the position of the arrays of a walk; created on first use. */
  #positionOf(walk: Walk, parameter: number | undefined): Position {
    const isSame = (each: Position) => each.walk === walk && each.parameter === parameter;
    const known = this.#positions.find(isSame);
    if (known !== undefined) return known;
    const local = walk.level > 0 ? this.#code.locals(I32) : undefined;
    const position = { walk, parameter, local };
    this.#positions.push(position);
    return position;
  }

  #valueOf(operand: Exclude<Operand, { kind: "constant" }>): Value {
    return at(operand.kind === "input" ? this.#inputs : this.#steps, operand.index);
  }

  emit(): void {
    const code = this.#code;
    for (const { parameter, local } of this.#positions) {
      if (parameter === undefined || local === undefined) continue;
      code.get(parameter);
      code.set(local);
    }
    if (code.range !== undefined) {
      const { first } = code.range;
      for (const { walk, local } of this.#positions) {
        if (local === undefined || walk.runStep === 0) continue;
        code.get(local);
        code.product(first, walk.runStep);
        code.plain(PLAIN.i32Add);
        code.set(local);
      }
    }
    this.#emitOuter(0);
  }

  /** Writes the code inside `level` loops: the values that vary there, and the inner loops. */
  #emitOuter(level: number): void {
    const { outer, blocks, vectors, rest } = this.#space;
    this.#emitHoisted(level);
    if (level < outer.length) {
      this.#emitCounted(at(outer, level), level === 0, () => {
        this.#emitOuter(level + 1);
        this.#advance((walk) => at(walk.outerSteps, level));
      });
      return;
    }
    const count = vectors * this.#code.count;
    if (this.#reductions !== undefined) {
      this.#emitReductions(this.#reductions, blocks * count + rest);
    } else if (blocks > 1) {
      this.#emitBlocks(count);
    } else if (blocks === 1) {
      this.#emitElements(count);
      if (rest > 0) this.#advance(({ blockStep }) => blockStep);
    }
    if (this.#reductions === undefined && rest > 0) this.#emitRest(rest);
  }

  /** The elements after the last block, which belong to the last run. */
  #emitRest(rest: number): void {
    const code = this.#code;
    const range = this.#space.outer.length === 0 ? code.range : undefined;
    if (range !== undefined) {
      code.get(range.first);
      code.get(range.count);
      code.plain(PLAIN.i32Add);
      code.int32(range.all);
      code.plain(PLAIN.i32Ne);
      code.plain(PLAIN.i32Eqz);
      code.plainWith(PLAIN.if, EMPTY_BLOCK);
    }
    this.#emitElements(rest);
    if (range !== undefined) code.plain(PLAIN.end);
  }

  /** The blocks of the order of summation, and one result of each reduction. */
  #emitReductions(reductions: ReductionEmitter, length: number): void {
    const { vectors } = this.#space;
    const count = vectors * this.#code.count;
    const whole = Math.floor(length / BLOCK);
    const rest = length % BLOCK;
    const emitPasses = (passes: number) => {
      const pass = () => {
        this.#emitElements(count);
        reductions.rotate(vectors);
        this.#advance(({ blockStep }) => blockStep);
      };
      if (passes > 1) this.#emitCounted(passes, false, pass);
      else if (passes === 1) pass();
    };
    reductions.begin(whole);
    if (whole > 0) {
      const block = () => {
        reductions.clear();
        emitPasses(BLOCK / count);
        reductions.combineLanes(0);
        reductions.push(whole);
      };
      if (whole > 1) this.#emitCounted(whole, false, block);
      else block();
    }
    if (rest > 0) {
      reductions.clear();
      const passes = Math.floor(rest / count);
      emitPasses(passes);
      if (rest % count > 0) this.#emitElements(rest % count);
      reductions.combineLanes(passes * vectors);
    }
    reductions.finish(whole, rest > 0);
    let index = 0;
    this.#loop.outputs.forEach((output, i) => {
      if (output.reduction === undefined) return;
      const array = at(this.#arrays, this.#loop.inputs.length + i);
      this.#emitAddress(array, 1);
      const elements = this.#elements(array, 0, 1);
      this.#code.array = this.#loop.inputs.length + i;
      storeLanes(this.#code, this.#code.lanes.size, reductions.result(index++), elements);
    });
  }

  /** A loop that counts down. */
  #emitCounted(count: number, isOutermost: boolean, body: () => void): void {
    const code = this.#code;
    const counter = code.locals(I32);
    code.counted(count, 1, isOutermost);
    code.set(counter);
    code.plainWith(PLAIN.loop, EMPTY_BLOCK);
    body();
    code.get(counter);
    code.int32(-1);
    code.plain(PLAIN.i32Add);
    code.tee(counter);
    code.plainWith(PLAIN.brIf, 0);
    code.plain(PLAIN.end);
  }

  /** The loop over blocks, which ends when a moving address has reached its end: one count less to keep. */
  #emitBlocks(count: number): void {
    const { blocks, outer } = this.#space;
    const code = this.#code;
    const isOutermost = outer.length === 0;
    const last = this.#positions.findLast(
      ({ walk, local }) => local !== undefined && walk.blockStep > 0,
    );
    const position = last?.local;
    if (last === undefined || position === undefined) {
      this.#emitCounted(blocks, isOutermost, () => this.#emitElements(count));
      return;
    }
    const { blockStep } = last.walk;
    const isFromZero = isOutermost && last.parameter === undefined && code.range === undefined;
    const end = isFromZero ? undefined : code.locals(I32);
    if (end !== undefined) {
      code.get(position);
      code.counted(blocks, blockStep, isOutermost);
      code.plain(PLAIN.i32Add);
      code.set(end);
    }
    code.plainWith(PLAIN.loop, EMPTY_BLOCK);
    this.#emitElements(count);
    this.#advance((walk) => walk.blockStep);
    code.get(position);
    if (end === undefined) code.counted(blocks, blockStep, isOutermost);
    else code.get(end);
    code.plain(PLAIN.i32Ne);
    code.plainWith(PLAIN.brIf, 0);
    code.plain(PLAIN.end);
  }

  #advance(step: (walk: Walk) => number): void {
    const code = this.#code;
    for (const { walk, local } of this.#positions) {
      const distance = step(walk);
      if (local === undefined || distance === 0) continue;
      code.get(local);
      code.int32(distance);
      code.plain(PLAIN.i32Add);
      code.set(local);
    }
  }

  /** The values that change with the loop at this level and with none inside it. */
  #emitHoisted(level: number): void {
    const { vectors, blocks, rest } = this.#space;
    const { count } = this.#code;
    const most = blocks > 0 ? vectors : Math.ceil(rest / count);
    this.#inputs.forEach((value, i) => {
      if (value.level !== level) return;
      const variants = value.perVector ? most : 1;
      this.#emitAddress(at(this.#arrays, i), variants * count);
      for (let vector = 0; vector < variants; vector++) this.#emitLoad(i, vector, count);
    });
    this.#steps.forEach((value, i) => {
      if (value.level !== level) return;
      const variants = value.perVector ? most : 1;
      for (let vector = 0; vector < variants; vector++) this.#emitStep(i, vector);
    });
  }

  /** Writes the loads, steps and stores of a block, or of its first elements. */
  #emitElements(count: number): void {
    const { length } = this.#loop.inputs;
    this.#arrays.forEach((array, i) => {
      const output = this.#loop.outputs[i - length];
      const inside = output
        ? output.reduction === undefined
        : array.walk.level === this.#blockLevel;
      if (inside) this.#emitAddress(array, count);
    });
    const lanes = this.#code.count;
    for (let vector = 0; vector * lanes < count; vector++) {
      this.#emitVector(vector, Math.min(lanes, count - vector * lanes));
    }
  }

  #emitVector(vector: number, count: number): void {
    const { inputs, steps, outputs } = this.#loop;
    const loaded = new Set<number>();
    steps.forEach((step, i) => {
      if (at(this.#steps, i).level < this.#blockLevel) return;
      for (const operand of step.inputs) {
        if (operand.kind !== "input" || loaded.has(operand.index)) continue;
        if (at(this.#inputs, operand.index).level < this.#blockLevel) continue;
        loaded.add(operand.index);
        this.#emitLoad(operand.index, vector, count);
      }
      this.#emitStep(i, vector);
    });
    // An output may be the very array of an input, so every element is read before any is written.
    let reduction = 0;
    outputs.forEach((output, i) => {
      const { step } = output;
      if (output.reduction !== undefined) {
        this.#reductions?.add(reduction++, vector, variant(at(this.#steps, step), vector), count);
        return;
      }
      const array = at(this.#arrays, inputs.length + i);
      const elements = this.#elements(array, vector, count);
      this.#code.array = inputs.length + i;
      const local = variant(at(this.#steps, step), vector);
      const dtype = outputDType(output, this.#loop, this.#kinds);
      const scratch = () => (this.#scratch ??= this.#code.locals(V128));
      store(this.#code, dtype, local, scratch, elements);
    });
  }

  /** Emits the address of the lowest of the first `count` elements of a block, where strides are negative. */
  #emitAddress(array: ArrayAddress, count: number): void {
    const { walk, from, base, address } = array;
    const code = this.#code;
    if (!walk.backward || address === undefined) return;
    array.below = -walk.lowest(count);
    code.int32(base - array.below);
    if (from !== undefined) {
      code.get(from);
      code.plain(PLAIN.i32Add);
    }
    code.set(address);
  }

  #emitLoad(input: number, vector: number, count: number): void {
    const code = this.#code;
    const elements = this.#elements(at(this.#arrays, input), vector, count);
    code.array = input;
    load(code, this.#loop.inputs[input]?.dtype ?? code.dtype, elements);
    code.set(variant(at(this.#inputs, input), vector));
  }

  /** Returns the first elements of a vector of a block. */
  #elements({ address, base, walk, below }: ArrayAddress, vector: number, count: number): Elements {
    const first = vector * this.#code.count;
    const start = walk.backward ? below : base;
    const offsets: number[] = [];
    for (let lane = 0; lane < count; lane++) offsets.push(start + walk.offset(first + lane));
    return { address, offsets };
  }

  #emitStep(index: number, vector: number): void {
    const { op } = at(this.#loop.steps, index);
    this.#step = index;
    this.#vector = vector;
    emitOperation(this.#code, op, at(this.#kinds, index), this);
    this.#code.set(variant(at(this.#steps, index), vector));
  }

  /** Pushes an operand of the step that is being written, converted to the kind that its op requires. */
  push(index: number): void {
    const code = this.#code;
    const operand = at(at(this.#loop.steps, this.#step).inputs, index);
    const kind = kindOf(operand, this.#loop, this.#kinds) ?? "number";
    if (operand.kind === "constant") code.constant(kind, operand.value);
    else code.get(variant(this.#valueOf(operand), this.#vector));
    emitConversion(code, kind, at(at(this.#kinds, this.#step).operands, index));
  }

  constantOf(index: number): number | undefined {
    const operand = at(at(this.#loop.steps, this.#step).inputs, index);
    const isNumber = kindOf(operand, this.#loop, this.#kinds) === "number";
    return operand.kind === "constant" && isNumber ? this.#code.round(operand.value) : undefined;
  }
}

function variant({ local, perVector }: Value, vector: number): number {
  return perVector ? local + vector : local;
}
