/**
 * The presence of derivatives: whether one comes to a value.
 */

/**
 * True if a gradient or tangent comes to a value: `ABSENT` never, `PRESENT` always, `GUARDED` as its guard
 * says, which is known only when the computation runs.
 */
export type Presence = 0 | 1 | 2;

export const ABSENT: Presence = 0;
export const GUARDED: Presence = 1;
export const PRESENT: Presence = 2;

/** Returns the presence of what has the first in one case, and the second in another. */
export function either(first: Presence, second: Presence): Presence {
  return first === second ? first : GUARDED;
}

/** Returns the presence of what all of these come to. */
export function together(list: readonly Presence[]): Presence {
  return list.includes(PRESENT) ? PRESENT : list.includes(GUARDED) ? GUARDED : ABSENT;
}

/** True if a derivative comes at all. */
export function isPresent(presence: Presence | undefined): boolean {
  return presence !== undefined && presence !== ABSENT;
}

/** Returns the presence at the indices where `wanted` is true. */
export function maskedBy(wanted: readonly boolean[], presence: readonly Presence[]): Presence[] {
  return wanted.map((is, k) => (is ? (presence[k] ?? ABSENT) : ABSENT));
}
