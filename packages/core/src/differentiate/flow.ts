/**
 * Cotangents and tangents on their way through ops with several results or with bodies.
 */

import type { Flow, Flows } from "../graph/joint.ts";
import { ABSENT, GUARDED, isPresent, PRESENT, type Presence } from "../graph/presence.ts";
import type { TensorType } from "../graph/types.ts";
import { castLike } from "../ops/cast.ts";
import { present } from "../ops/flows.ts";
import { zerosLike } from "../tensor/create.ts";
import { at } from "../tensor/shape.ts";
import { stored, type Tensor } from "../tensor/tensor.ts";

/** Returns for each value whether a flow comes to it. */
export function presenceOf(flows: Flows): Presence[] {
  return Array.from(flows, (flow) =>
    flow === undefined ? ABSENT : flow.guard === undefined ? PRESENT : GUARDED,
  );
}

/** Returns the values alone of the flows that there are. */
export function valuesOf(flows: Flows): Tensor[] {
  return present(flows.map((flow) => flow?.value));
}

/** Returns the guards of those that have one. */
export function guardsOf(flows: Flows): Tensor[] {
  return present(flows.map((flow) => flow?.guard));
}

/** Flows as inputs or results of a body: first their values, and then the guards. */
export function tensorsOf(flows: Flows): Tensor[] {
  return [...valuesOf(flows), ...guardsOf(flows)];
}

/** Returns the types of such inputs or results, from those of the values. */
export function flowTypes(
  types: readonly TensorType[],
  presence: readonly Presence[],
): TensorType[] {
  const guard = { shape: [], dtype: "bool", weak: false } as const;
  return [
    ...types.filter((_, i) => isPresent(presence[i])),
    ...presence.filter((status) => status === GUARDED).map(() => guard),
  ];
}

/** Returns the flows again. */
export function takeFlows(tensors: readonly Tensor[], presence: readonly Presence[]): Flows {
  let nextGuard = presence.filter(isPresent).length;
  let next = 0;
  return presence.map((status) =>
    isPresent(status)
      ? {
          value: at(tensors, next++),
          guard: status === GUARDED ? at(tensors, nextGuard++) : undefined,
        }
      : undefined,
  );
}

/** Returns a derivative of the type of `like`, of a plain number beside one; zeros where there is none. */
export function derivativeLike(value: Tensor | undefined, like: Tensor): Tensor {
  return value ? castLike(value, like) : zerosLike(like);
}

/** Returns a flow of the presence that it is to have, of a value like `like`. */
export function padded(
  flow: Flow | undefined,
  presence: Presence | undefined,
  like: Tensor,
): Flow | undefined {
  if (!isPresent(presence)) return undefined;
  const value = derivativeLike(flow?.value, like);
  if (presence !== GUARDED) return { value, guard: undefined };
  return { value, guard: flow?.guard ?? guardValue(flow !== undefined) };
}

/** Returns a guard that is known. */
export function guardValue(has: boolean): Tensor {
  return stored([], "bool", Number(has));
}

/** The guards of gradients that were handed to the user, whose rule of `customGradient` may hand one on. */
const guards = new WeakMap<Tensor, Tensor>();

/** Returns a flow as a gradient of `like` for the user, who sees the value alone. */
export function asGradient(flow: Flow | undefined, like: Tensor): Tensor {
  const guard = flow?.guard;
  const value = derivativeLike(flow?.value, like);
  if (guard !== undefined) guards.set(value, guard);
  return value;
}

/** Returns the guard of such a gradient. */
export function guardOfGradient(gradient: Tensor): Tensor | undefined {
  return guards.get(gradient);
}
