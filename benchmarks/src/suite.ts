// The parts of a suite. A suite is one file in suites/, listed in suites/index.ts.

export type FloatArray = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** One way of computing a case. */
export interface Contestant {
  readonly name: string;
  /** Does the work once, on inputs that are ready. Only this is timed. */
  readonly run: () => void;
  /** The answers of the last run, in an order that all contestants of the case share. */
  readonly results: () => readonly FloatArray[];
}

/** The time that a contestant should reach, in milliseconds. */
export interface Figure {
  readonly contestant: string;
  /** The median of a call in the steady state. */
  readonly steady: number;
  /** The first call, which compiles. */
  readonly first?: number;
  /** The time of handwritten code for the same work. */
  readonly limit?: number;
}

/** One computation at one size, which every contestant must do with the same answer. */
export interface BenchmarkCase {
  /** The name of the computation, for example "multiply forward". */
  readonly name: string;
  readonly dtype: "float32" | "float64";
  /** The number of elements in each array, if the time per element is of interest. */
  readonly elements?: number;
  /** The floating-point operations of a call, if the rate is of interest. */
  readonly operations?: number;
  readonly figure?: Figure;
  /** The case of the same dtype, by name, whose rate this one should come close to. */
  readonly neighbour?: string;
  /** True if first calls compile something, so that their times are printed, too. */
  readonly compiles?: boolean;
  /** Makes inputs and contestants. The first contestant is the baseline. */
  readonly prepare: () => readonly Contestant[];
}

export interface Suite {
  readonly name: string;
  /** A line about the comparison, printed above the table. */
  readonly description: string;
  readonly cases: readonly BenchmarkCase[];
}

/** Formats a number of elements: 1k, 32k, 1M. */
export function formatCount(count: number | undefined): string {
  if (count === undefined) return "–";
  if (count >= 1024 * 1024 && count % (1024 * 1024) === 0) return `${count / (1024 * 1024)}M`;
  if (count >= 1024 && count % 1024 === 0) return `${count / 1024}k`;
  return String(count);
}

/** Returns the full name of a case, for `--filter` and for errors. */
export function fullName(suite: Suite, benchmarkCase: BenchmarkCase): string {
  const { name, dtype, elements } = benchmarkCase;
  const size = elements === undefined ? "" : `, ${formatCount(elements)}`;
  return `${suite.name}: ${name}, ${dtype}${size}`;
}
