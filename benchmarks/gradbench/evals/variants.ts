import type { Mode } from "./descent.ts";

/** GradBench's names for an outer and an inner mode. */
export const variants = {
  rr: ["reverse", "reverse"],
  ff: ["forward", "forward"],
  fr: ["forward", "reverse"],
  rf: ["reverse", "forward"],
} as const;

/** Returns a record with the result of `make` for the modes of each variant. */
export function callsOf<Made>(make: (outer: Mode, inner: Mode) => Made): Record<string, Made> {
  const entries = Object.entries(variants);
  return Object.fromEntries(entries.map(([name, [outer, inner]]) => [name, make(outer, inner)]));
}
