/** Clocks, means and facts about schedule items that all profiles have in common. */

import { lineOf } from "../callSite.ts";
import { nodeAt, type SourceLocation, type Trace } from "../graph/trace.ts";
import { describeItem } from "../run/program/program.ts";
import type { ProgramPart } from "../run/program/schedule/items.ts";
import { bytesOf } from "../tensor/shape.ts";

/** The time of a schedule item that runs as one: an op, or ops that became one loop. */
export interface ProfileRow {
  /** The ops of the schedule item, in order, and the shape that they run over, such as `add maximum [32, 10]`. */
  readonly what: string;
  /**
   * The line of the user's code that applied the op, as `model.ts:12:5`; of a derivative, that of the op that it is of.
   */
  readonly line: string | undefined;
  /** The layer that applied the op, as `Sequential.layers[2], Dense 4 → 2`. */
  readonly layer: string | undefined;
  /** True if it is part of a derivative. */
  readonly isGradient: boolean;
  /** The mean of all runs but the slowest quarter. */
  readonly milliseconds: number;
  /** The share of the time of a run. */
  readonly share: number;
  /** Operations on floats. */
  readonly flops: number;
  /** Bytes that it reads and writes, each array once. */
  readonly bytes: number;
  /**
   * Subnormal floats among what it reads and writes: numbers next to 0 (below 2⁻¹²⁶ in float32), for each of which
   * processors may take as long as for 100 others.
   */
  readonly subnormals: number;
  /** The number of times that it runs in a run of the function: 1, or that of the steps of loops around it. */
  readonly times: number;
  /** The branch of a condition that it is in: `whenTrue` or `whenFalse`. */
  readonly branch: "whenTrue" | "whenFalse" | undefined;
  /** The rows of the body of a loop, or of both branches of a condition; subnormals are not counted there. */
  readonly inside: readonly ProfileRow[];
}

/** The least number of runs that are timed. */
export const LEAST_RUNS = 5;
/** Milliseconds in which runs begin. */
export const TIME = 500;

/** The layer and the line of an op, and whether the recording is of its derivative. */
export interface MarkedLocation extends SourceLocation {
  readonly isGradient: boolean;
}

export const { performance } = globalThis as unknown as {
  readonly performance: { readonly now: () => number };
};

/** Returns the measurements but the slowest, which others disturb most, a collection of garbage among them. */
export function withoutSlowest<Measured extends { readonly whole: number }>(
  measured: readonly Measured[],
): readonly Measured[] {
  const sorted = measured.toSorted((a, b) => a.whole - b.whole);
  return sorted.slice(0, Math.ceil(sorted.length * 0.75));
}

/** Returns a mean, since the median of times below the resolution of a clock is 0. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Returns the share of a whole, which is 0 where the clock has not moved. */
export function shareOf(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

/** The facts about a schedule item that need no clock. */
export type ItemFacts = Pick<
  ProfileRow,
  "what" | "line" | "layer" | "isGradient" | "flops" | "bytes"
>;

/** Returns the facts about a schedule item of a program of `recordedAnew`. */
export function factsOf(trace: Trace, { item, flops }: ProgramPart): ItemFacts {
  const first = nodeAt(trace.nodes, item.kind === "operation" ? item.id : (item.writes[0] ?? 0));
  // The recording makes marked ones.
  const location = (first.kind === "operation" ? first.location : undefined) as
    | MarkedLocation
    | undefined;
  const arrays = new Set([...item.reads, ...item.writes]);
  const bytes = [...arrays].reduce((sum, id) => sum + bytesOf(nodeAt(trace.nodes, id)), 0);
  return {
    what: describeItem(trace, item),
    line: lineOf(location?.trace),
    layer: location?.layerPath,
    isGradient: location?.isGradient ?? false,
    flops,
    bytes,
  };
}
