/**
 * The status of the tangent or cotangent of a value, as far as it is known before the computation runs.
 */

/**
 * The status of a tangent or cotangent: `ZERO` (symbolically zero), `NONZERO` (computed), or `MASKED`: computed or
 * zero, as its mask says when the computation runs.
 */
export type TangentStatus = 0 | 1 | 2;

export const ZERO: TangentStatus = 0;
export const MASKED: TangentStatus = 1;
export const NONZERO: TangentStatus = 2;

/** Returns the status of a tangent that has one of these statuses in one branch, and the other in the other branch. */
export function either(first: TangentStatus, second: TangentStatus): TangentStatus {
  return first === second ? first : MASKED;
}

/** Returns the status of the sum of tangents. */
export function together(list: readonly TangentStatus[]): TangentStatus {
  return list.includes(NONZERO) ? NONZERO : list.includes(MASKED) ? MASKED : ZERO;
}

/** True unless a tangent is symbolically zero. */
export function mayBeNonzero(status: TangentStatus | undefined): boolean {
  return status !== undefined && status !== ZERO;
}

/** Returns the statuses where `wanted` is true, and zero elsewhere. */
export function onlyWanted(
  wanted: readonly boolean[],
  status: readonly TangentStatus[],
): TangentStatus[] {
  return wanted.map((is, k) => (is ? (status[k] ?? ZERO) : ZERO));
}
