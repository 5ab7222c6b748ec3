// The checks of arguments that every checked operation makes before it calls a kernel.

import { KernelArgumentError } from "./errors.ts";
import type { Kernel } from "./kernel.ts";

/** A view of the kernel's memory, of either element type. */
export type FloatView = Float32Array | Float64Array;

/** Named arguments, so that an error can say which one is wrong. */
export type NamedViews = Readonly<Record<string, FloatView>>;

/** Returns the suffix in the names of kernels of the view's element type. */
export function elementTypeOf(view: FloatView): "f32" | "f64" {
  return view instanceof Float32Array ? "f32" : "f64";
}

/** Throws unless all views are in the kernel's memory and share the element type of the first. */
export function checkViews(kernel: Kernel, operation: string, views: NamedViews): void {
  let first: readonly [name: string, type: string] | undefined;
  for (const [name, view] of Object.entries(views)) {
    if (!(view instanceof Float32Array || view instanceof Float64Array)) {
      const expected = "a Float32Array or Float64Array";
      throw new KernelArgumentError(operation, name, expected, describe(view));
    }
    if (view.buffer !== kernel.memory.buffer) {
      const expected = "a view of this kernel's memory";
      const hint = "Make one with kernel.arena, and make it again after memory has grown.";
      throw new KernelArgumentError(operation, name, expected, origin(view), hint);
    }
    const type = view instanceof Float32Array ? "Float32Array" : "Float64Array";
    first ??= [name, type];
    if (type !== first[1]) {
      throw new KernelArgumentError(operation, name, `a ${first[1]} like ${first[0]}`, `a ${type}`);
    }
  }
}

/** Throws unless all views have as many elements as the model, an object with one named view. */
export function checkSameLength(operation: string, model: NamedViews, views: NamedViews): void {
  for (const [modelName, { length: expected }] of Object.entries(model)) {
    for (const [name, { length }] of Object.entries(views)) {
      if (length === expected) continue;
      throw new KernelArgumentError(
        operation,
        name,
        `${countOf(expected)} like ${modelName}`,
        countOf(length),
        "Both operands and all results have one length.",
      );
    }
  }
}

function countOf(length: number): string {
  return length === 1 ? "1 element" : `${length} elements`;
}

/**
 * Throws unless every output is either exactly one of the inputs (the operation then runs in place) or disjoint from
 * all of them, and the outputs are disjoint from each other.
 */
export function checkOverlap(operation: string, inputs: NamedViews, outputs: NamedViews): void {
  const done: [name: string, view: FloatView][] = [];
  for (const [name, output] of Object.entries(outputs)) {
    for (const [inputName, input] of Object.entries(inputs)) {
      if (overlaps(output, input) && !coincides(output, input)) {
        const expected = `memory apart from ${inputName}, or exactly that of ${inputName}`;
        throw new KernelArgumentError(operation, name, expected, "a part of it");
      }
    }
    for (const [otherName, other] of done) {
      if (overlaps(output, other)) {
        const expected = `memory apart from ${otherName}`;
        throw new KernelArgumentError(operation, name, expected, "memory in common with it");
      }
    }
    done.push([name, output]);
  }
}

function coincides(left: FloatView, right: FloatView): boolean {
  return left.byteOffset === right.byteOffset && left.length === right.length;
}

function overlaps(left: FloatView, right: FloatView): boolean {
  return (
    left.byteOffset < right.byteOffset + right.byteLength &&
    right.byteOffset < left.byteOffset + left.byteLength
  );
}

/**
 * Returns the description of a view of another buffer, for an error. A detached view, which was made before memory
 * grew, has an empty buffer.
 */
function origin(view: FloatView): string {
  if (view.buffer.byteLength === 0) return "a view that is empty since memory grew";
  return "a view of another buffer";
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const name = value.constructor?.name ?? "Object";
  // Names that begin with U, such as Uint8Array, have the article "a".
  return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}
