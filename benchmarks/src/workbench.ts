// The arrays of one case, in JavaScript and in linear memory, and the three contestants on them:
//
//   js         a loop over the JavaScript arrays
//   wasm       kernels on arrays that stay in linear memory
//   wasm+copy  the same kernels, with inputs copied in and outputs copied out at every call:
//              what an eager call on JavaScript arrays pays

import { createKernel, type Kernel } from "@graddiff/wasm-kernel";
import type { ElementType } from "./loops/index.ts";
import type { Contestant, FloatArray } from "./suite.ts";

/** The kernel of the process, as in a program; every case starts with an empty arena. */
let sharedKernel: Kernel | undefined;

/** An array that both sides have: `array` in JavaScript, `address` in linear memory. */
export interface Operand<A extends FloatArray> {
  readonly array: A;
  readonly address: number;
}

export class Workbench<A extends FloatArray> {
  readonly #kernel: Kernel;
  readonly #type: ElementType<A>;
  readonly #elements: number;
  readonly #inputs: Operand<A>[] = [];
  readonly #outputs: Operand<A>[] = [];

  constructor(type: ElementType<A>, elements: number) {
    sharedKernel ??= createKernel();
    sharedKernel.arena.reset();
    this.#kernel = sharedKernel;
    this.#type = type;
    this.#elements = elements;
  }

  get exports(): Kernel["exports"] {
    return this.#kernel.exports;
  }

  /** Returns an array of numbers from 0.5 to 1.5, different for every input. */
  input(): Operand<A> {
    const operand = this.#operand();
    this.#inputs.push(operand);
    let state = this.#inputs.length;
    for (let index = 0; index < operand.array.length; index++) {
      // The generator of Numerical Recipes; its upper bits are random enough for timings.
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      operand.array[index] = 0.5 + state / 2 ** 32;
    }
    return operand;
  }

  /** Returns an array that the contestants write, and whose contents are compared. */
  output(): Operand<A> {
    const operand = this.#operand();
    this.#outputs.push(operand);
    return operand;
  }

  /** Returns the address of an array that only the kernels use, for intermediate values. */
  temporary(): number {
    return this.#kernel.arena.allocate(this.#elements * this.#bytesPerElement);
  }

  /** Returns the contestants: `loop` on the arrays, `kernels` on the addresses. Call it last. */
  contestants(loop: () => void, kernels: () => void): Contestant[] {
    // Views are made after all allocations, because an allocation may have grown the memory.
    const inputs = this.#inputs.map((operand) => ({ ...operand, view: this.#view(operand) }));
    const outputs = this.#outputs.map((operand) => ({ ...operand, view: this.#view(operand) }));
    for (const { array, view } of inputs) view.set(array);
    return [
      { name: "js", run: loop, results: () => outputs.map(({ array }) => array) },
      { name: "wasm", run: kernels, results: () => outputs.map(({ view }) => view) },
      {
        name: "wasm+copy",
        run: () => {
          for (const { array, view } of inputs) view.set(array);
          kernels();
          for (const { array, view } of outputs) array.set(view);
        },
        results: () => outputs.map(({ array }) => array),
      },
    ];
  }

  get #bytesPerElement(): number {
    return this.#type.dtype === "float32" ? 4 : 8;
  }

  #operand(): Operand<A> {
    return { array: this.#type.make(this.#elements), address: this.temporary() };
  }

  #view({ address }: Operand<A>): A {
    return this.#type.view(this.#kernel, address, this.#elements);
  }
}
