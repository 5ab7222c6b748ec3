/**
 * Where ops find their inputs, which need not be where the inputs themselves would stand: loops read
 * through repetitions and conversions, products through transposes.
 */

import { readsStrides } from "../run/wasm/steps.ts";
import { type FloatDType, isFloat } from "../tensor/dtype.ts";
import { at, broadcastStrides, sameShape } from "../tensor/shape.ts";
import { isCast } from "./loops.ts";
import type { Operation, Trace, TraceNode } from "./trace.ts";

/** Where an op finds one of its inputs. */
export interface Source {
  readonly id: number;
  /** For loops, in elements over the loop's space. */
  readonly strides: readonly number[];
  /** Whether every element is read at its own place in the loop's space. */
  readonly inPlace: boolean;
}

/** The sources of the inputs of every op. */
export function sourcesOf(
  trace: Trace,
  loops: readonly (FloatDType | undefined)[],
): (readonly Source[])[] {
  return trace.nodes.map((node, id): readonly Source[] => {
    if (node.kind !== "operation") return [];
    const loop = loops[id];
    if (loop !== undefined) {
      return node.inputs.map((input) => loopSource(trace, loops, input, node.shape, loop));
    }
    const reads = readsStrides(node.op, node);
    return node.inputs.map((input) => {
      const source = reads ? (transposedSource(trace, input) ?? input) : input;
      return { id: source, strides: [], inPlace: false };
    });
  });
}

function loopSource(
  trace: Trace,
  loops: readonly (FloatDType | undefined)[],
  input: number,
  shape: readonly number[],
  loop: FloatDType,
): Source {
  let id = input;
  let converted = false;
  for (;;) {
    const node = at(trace.nodes, id);
    const repeated = repeatedSource(node);
    if (repeated !== undefined) {
      id = repeated;
      continue;
    }
    if (converted || node.kind !== "operation" || node.dtype !== loop) break;
    if (!convertsGiven(trace, loops, node)) break;
    id = at(node.inputs, 0);
    converted = true;
  }
  const { shape: own } = at(trace.nodes, id);
  return {
    id,
    strides: broadcastStrides(own, shape),
    inPlace: sameShape(own, shape),
  };
}

/**
 * A conversion between numbers of different bytes, or from int32 to float64, of what no loop
 * computes: a loop of the result's dtype converts it when it reads.
 */
function convertsGiven(
  { nodes }: Trace,
  loops: readonly (FloatDType | undefined)[],
  node: Operation,
): boolean {
  if (!isCast(node) || !isFloat(node.dtype)) return false;
  let source = at(node.inputs, 0);
  let repeated = repeatedSource(at(nodes, source));
  while (repeated !== undefined) {
    source = repeated;
    repeated = repeatedSource(at(nodes, source));
  }
  const { dtype } = at(nodes, source);
  const converts = node.dtype === "float64" ? dtype !== "bool" : dtype === "float64";
  return converts && loops[source] === undefined;
}

/** The input that an op repeats, which a loop can read with stride 0; undefined for other nodes. */
function repeatedSource(node: TraceNode): number | undefined {
  const repeats =
    node.kind === "operation" &&
    node.op.kernel.kind === "read" &&
    node.op.identities?.keepsElements === true;
  return repeats ? node.inputs[0] : undefined;
}

/** The matrix that a node is the transpose of; undefined for any other node. */
function transposedSource({ nodes }: Trace, id: number): number | undefined {
  const node = at(nodes, id);
  const permutation = node.kind === "operation" ? node.attributes["permutation"] : undefined;
  const swaps = Array.isArray(permutation) && permutation.join() === "1,0";
  return swaps && node.kind === "operation" ? node.inputs[0] : undefined;
}
