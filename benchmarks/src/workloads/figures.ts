// The target times, in milliseconds, with Node 20 on one core of a processor like AMD's Zen 4.

export interface Figure {
  /** The median of a call in the steady state. */
  readonly steady: number;
  /** The first call: recording, compiling, running. */
  readonly first?: number;
  /** The time of handwritten WebAssembly for the same work. */
  readonly limit?: number;
}

/** Floating-point operations of a product of square matrices. */
export const productOperations = (size: number) => 2 * size ** 3;

export const figures = {
  tiny: { steady: 0.008, first: 2, limit: 0.0043 },
  digits: { steady: 0.9, first: 12, limit: 0.69 },
  wide: { steady: 11.5, limit: 9.8 },
  purchases: { steady: 1.15, limit: 0.98 },
  scalars: { steady: 0.012, first: 20, limit: 0.004 },
  // 40 and 43 GFLOP/s.
  product512: { steady: productOperations(512) / 40e6, limit: productOperations(512) / 43e6 },
} satisfies Record<string, Figure>;
