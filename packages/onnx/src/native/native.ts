/**
 * A row of the table of native operators: what an operator computes, written in ops, and how it is written instead.
 */

import type { DType } from "@graddiff/core";
import type { Builder } from "../graph/builder.ts";
import type { Application, Operand } from "../ops/writer.ts";
import type { Opset } from "../options.ts";
import type { Length } from "../trace/length.ts";
import { sameLength, sameLengths } from "../trace/simplify.ts";
import type { Found, Pattern } from "./pattern.ts";
import type { View } from "./view.ts";

/** The nodes with which an application of a pattern is written. */
export interface Fitted {
  /** The version of ONNX's operators that the operator came with. Default: 17. */
  readonly since?: Opset;
  /** The ids of what the operator reads. */
  readonly inputs: readonly number[];
  /** Adds nodes to the graph, with these inputs. @returns the names of the results of the last op of the pattern. */
  readonly write: (application: Application) => readonly string[];
}

/** An operator of ONNX, and the ops that it takes the place of. */
export interface Native {
  readonly pattern: Pattern;
  /** Undefined where the operator means something else, or does not take it. @param id of the last op. */
  readonly fit: (view: View, found: Found, id: number) => Fitted | undefined;
}

/** Returns the ids that names are bound to, of those that there are. */
export function idsOf(found: Found, ...names: readonly string[]): number[] {
  return names.flatMap((name) => found.get(name) ?? []);
}

/** Returns the id that a name is bound to in every way in which its pattern holds. */
export function idOf(found: Found, name: string): number {
  const id = found.get(name);
  if (id === undefined) throw new Error(`the pattern binds no ${name}`);
  return id;
}

/** True if a value has a number for each channel, and broadcasts along all other axes of so many. */
export function isPerChannel(view: View, id: number, channels: Length, rank: number): boolean {
  const { shape } = view.node(id);
  const missing = rank - shape.length;
  return (
    missing >= 0 &&
    missing <= 1 &&
    shape.every((length, axis) =>
      axis + missing === 1 ? sameLength(length, channels) : length === 1,
    )
  );
}

/** Returns a number for each channel as a vector. */
export function vectorOf(graph: Builder, { name, shape }: Operand, channels: Length): string {
  return shape.length === 1 ? name : graph.reshape(name, [channels]);
}

/** True if what an operator makes of a value has its shape: numbers of more axes would add these. */
export function hasShapeOf(view: View, id: number, x: number): boolean {
  return sameLengths(view.node(id).shape, view.node(x).shape);
}

/** Returns a number that an attribute of the operator holds to the last bit, as those of float32 are. */
export function isFloatAttribute(value: number, dtype: DType): boolean {
  return dtype === "float32" || Math.fround(value) === value;
}
