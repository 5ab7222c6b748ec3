// The parts of a suite. A suite is one file in suites/, listed in suites/index.ts.

export type FloatArray = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** One way of computing a case. */
export interface Contestant {
  readonly name: string;
  /** Does the work once, on inputs that are ready. This alone is timed. */
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
  /** The time of the same work that was written by hand for it. */
  readonly limit?: number;
}

/** One computation at one size, which every contestant must do with the same answer. */
export interface BenchmarkCase {
  /** The name of the computation, for example "multiply forward". */
  readonly name: string;
  readonly dtype: "float32" | "float64";
  /** Elements in each array, by which times are divided, where that tells something. */
  readonly elements?: number;
  /** Floating-point operations of a call, where a rate tells something. */
  readonly operations?: number;
  readonly figure?: Figure;
  /** The case of the same dtype, by name, whose rate this one should come close to. */
  readonly neighbour?: string;
  /** True if first calls compile something, so that they are worth a look of their own. */
  readonly compiles?: boolean;
  /** Makes inputs and contestants. The first contestant is the baseline. */
  readonly prepare: () => readonly Contestant[];
}

export interface Suite {
  readonly name: string;
  /** One line on what is compared, printed above the table. */
  readonly description: string;
  readonly cases: readonly BenchmarkCase[];
}

/** Elements as people say them: 1k, 32k, 1M. */
export function formatCount(count: number | undefined): string {
  if (count === undefined) return "–";
  if (count >= 1024 * 1024 && count % (1024 * 1024) === 0) return `${count / (1024 * 1024)}M`;
  if (count >= 1024 && count % 1024 === 0) return `${count / 1024}k`;
  return String(count);
}

/** Returns the name that `--filter` looks in and that errors give. */
export function fullName(suite: Suite, benchmarkCase: BenchmarkCase): string {
  const { name, dtype, elements } = benchmarkCase;
  const size = elements === undefined ? "" : `, ${formatCount(elements)}`;
  return `${suite.name}: ${name}, ${dtype}${size}`;
}
