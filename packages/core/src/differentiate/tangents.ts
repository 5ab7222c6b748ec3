/**
 * Tangents and cotangents of multi-output ops and of bodies: their statuses, and their lists of tensors.
 */

import type { Tangent, Tangents } from "../graph/joint.ts";
import { MASKED, mayBeNonzero, NONZERO, type TangentStatus, ZERO } from "../graph/tangentStatus.ts";
import type { TensorType } from "../graph/types.ts";
import { castLike } from "../ops/cast.ts";
import { defined } from "../ops/tangents.ts";
import { zerosLike } from "../tensor/create.ts";
import { at } from "../tensor/shape.ts";
import { stored, type Tensor } from "../tensor/tensor.ts";

/** Returns the status of each tangent. */
export function statusesOf(tangents: Tangents): TangentStatus[] {
  return Array.from(tangents, (tangent) =>
    tangent === undefined ? ZERO : tangent.mask === undefined ? NONZERO : MASKED,
  );
}

/** Returns the values of the tangents that are not symbolically zero. */
export function valuesOf(tangents: Tangents): Tensor[] {
  return defined(tangents.map((tangent) => tangent?.value));
}

/** Returns the masks of the tangents that have one. */
export function masksOf(tangents: Tangents): Tensor[] {
  return defined(tangents.map((tangent) => tangent?.mask));
}

/** Returns tangents as inputs or results of a body: first their values, and then the masks. */
export function tensorsOf(tangents: Tangents): Tensor[] {
  return [...valuesOf(tangents), ...masksOf(tangents)];
}

/** Returns the types of the tensors of {@link tensorsOf}, from the types of the values. */
export function tangentTypes(
  types: readonly TensorType[],
  statuses: readonly TangentStatus[],
): TensorType[] {
  const mask = { shape: [], dtype: "bool", weak: false } as const;
  return [
    ...types.filter((_, i) => mayBeNonzero(statuses[i])),
    ...statuses.filter((status) => status === MASKED).map(() => mask),
  ];
}

/** Returns the tangents of the tensors of {@link tensorsOf}. */
export function unpackTangents(
  tensors: readonly Tensor[],
  statuses: readonly TangentStatus[],
): Tangents {
  let nextMask = statuses.filter(mayBeNonzero).length;
  let next = 0;
  return statuses.map((status) =>
    mayBeNonzero(status)
      ? {
          value: at(tensors, next++),
          mask: status === MASKED ? at(tensors, nextMask++) : undefined,
        }
      : undefined,
  );
}

/** Returns a derivative of the type of `like`, of a plain number beside one; zeros where there is none. */
export function derivativeLike(value: Tensor | undefined, like: Tensor): Tensor {
  return value ? castLike(value, like) : zerosLike(like);
}

/** Returns a tangent with the requested status, of a value like `like`. */
export function padded(
  tangent: Tangent | undefined,
  status: TangentStatus | undefined,
  like: Tensor,
): Tangent | undefined {
  if (!mayBeNonzero(status)) return undefined;
  const value = derivativeLike(tangent?.value, like);
  if (status !== MASKED) return { value, mask: undefined };
  return { value, mask: tangent?.mask ?? maskValue(tangent !== undefined) };
}

/** Returns a mask that is known. */
export function maskValue(has: boolean): Tensor {
  return stored([], "bool", Number(has));
}

/** The masks of gradients that were handed to the user, whose rule of `customGradient` may hand one on. */
const masks = new WeakMap<Tensor, Tensor>();

/** Returns a tangent as a gradient of `like` for the user, who sees the value alone. */
export function asGradient(tangent: Tangent | undefined, like: Tensor): Tensor {
  const mask = tangent?.mask;
  const value = derivativeLike(tangent?.value, like);
  if (mask !== undefined) masks.set(value, mask);
  return value;
}

/** Returns the mask of such a gradient. */
export function maskOfGradient(gradient: Tensor): Tensor | undefined {
  return masks.get(gradient);
}
