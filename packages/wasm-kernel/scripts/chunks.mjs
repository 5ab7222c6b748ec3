/**
 * The entry points of the package's bundle: the kernels of every program, and groups that are large and rarely used.
 */
export const entries = { index: "src/index.ts", fft: "src/fft.ts", linalg: "src/linalg.ts" };
