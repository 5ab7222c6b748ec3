/** The replacement of `setThreads.ts` in the build for JavaScript alone, which has no memory to share. */

import { warn } from "../../errors.ts";

/** Throws: this build has no threads, see `setThreads.ts`. */
export async function setThreads(): Promise<number> {
  warn("one thread computes, because this build has no WebAssembly. Results are the same.");
  return 1;
}
