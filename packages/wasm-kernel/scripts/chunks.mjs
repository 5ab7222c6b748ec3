/** The files of the package's bundle: the kernels of every program, and those that are large and rare. */
export const entries = { index: "src/index.ts", fft: "src/fft.ts", linalg: "src/linalg.ts" };
