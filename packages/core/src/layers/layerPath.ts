/**
 * The place of a layer in its model, for errors: a network has many layers, and an op that throws does not know its
 * layer.
 */

import { addToMessage, GraddiffError } from "../errors.ts";
import { isLeaf, isOpaque } from "../graph/tree.ts";

/** The layers whose forward passes are running, from the outermost to the innermost. */
const stack: object[] = [];

/** Errors whose message names their layer already, by the innermost layer. */
const named = new WeakSet<GraddiffError>();

/** An observer of forward passes: `summary`. */
export interface Onlooker {
  /** A forward pass begins. @param depth how many others are running. */
  readonly begun: (layer: object, depth: number) => void;
  readonly ended: (layer: object, result: unknown) => void;
}

let onlooker: Onlooker | undefined;

/** Runs `body`, and tells of the forward passes in it. */
export function watchLayers<Result>(looking: Onlooker, body: () => Result): Result {
  const outer = onlooker;
  onlooker = looking;
  try {
    return body();
  } finally {
    onlooker = outer;
  }
}

/** Begins a forward pass of a layer. */
export function enter(layer: object): void {
  onlooker?.begun(layer, stack.length);
  stack.push(layer);
}

/** Ends the forward pass that began last, which has a result. */
export function finish(layer: object, result: unknown): void {
  onlooker?.ended(layer, result);
}

/** Ends the forward pass that began last. */
export function leave(): void {
  stack.pop();
}

/**
 * Returns the path of the innermost layer whose forward pass is running, as errors have it, such as
 * `Sequential.layers[2], Dense 4 → 2`; undefined where none is.
 *
 * @example
 * ```ts
 * import { Layer, type Tensor } from "@graddiff/core";
 * import { layerPath } from "@graddiff/core/extend";
 *
 * class Noted extends Layer {
 *   override compute(x: Tensor): Tensor {
 *     console.log(layerPath()); // Noted
 *     return x;
 *   }
 * }
 * new Noted().forward(1);
 * ```
 */
export function layerPath(): string | undefined {
  const layer = stack.at(-1);
  return layer && layerPathOf(layer, "");
}

/** Returns the layers that are running, from the outermost to the innermost. */
export function runningLayers(): readonly object[] {
  return stack;
}

/** Returns the error of a running forward pass. An error of this library gets the path of the innermost layer. */
export function placed(layer: object, error: unknown): unknown {
  if (error instanceof GraddiffError && !named.has(error)) {
    named.add(error);
    const layerPath = layerPathOf(layer, error.complaint.op);
    if (layerPath !== undefined) addToMessage(error, `In ${layerPath}.`);
  }
  return error;
}

/**
 * `Sequential.layers[2], Dense 4 → 2`: the way from the outermost layer that is running, and the layer itself, if
 * the op does not name it already.
 */
function layerPathOf(layer: object, op: string): string | undefined {
  const [root = layer] = stack;
  const way = root === layer ? undefined : wayTo(layer, root);
  if (way !== undefined) {
    const keys = way.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`));
    return `${root.constructor.name}${keys.join("")}, ${String(layer)}`;
  }
  return op.startsWith(`${layer.constructor.name}.`) ? undefined : String(layer);
}

/**
 * Returns the keys and indices by which properties lead from one object to a layer, which is none where they are one;
 * undefined where none do. Recursion is bounded by the nesting of the user's model.
 */
export function wayTo(
  layer: object,
  from: object,
  met: Set<object> = new Set(),
): readonly (string | number)[] | undefined {
  if (from === layer) return [];
  met.add(from);
  for (const [key, inner] of Object.entries(from)) {
    if (typeof inner !== "object" || inner === null || met.has(inner)) continue;
    if (inner !== layer && (isLeaf(inner) || isOpaque(inner))) continue;
    const found = wayTo(layer, inner, met);
    if (found !== undefined) return [Array.isArray(from) ? Number(key) : key, ...found];
  }
  return undefined;
}
