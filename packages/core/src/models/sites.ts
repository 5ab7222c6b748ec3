/**
 * Sites: where the user's code applies an op, by layer and by line.
 */

import { callNamed } from "../callSite.ts";
import { type GraddiffError, RecordingError } from "../errors.ts";
import type { Site } from "../graph/trace.ts";
import { runningPlace } from "../layers/place.ts";

/**
 * Returns the layer and the line that are running. An error keeps the stack, which is read where the line is asked for.
 */
export function siteOfCall(): Site {
  const trace = new RecordingError({ op: "site", expected: "a line", got: "none" });
  return { place: runningPlace(), trace };
}

/** Returns the line that an error would name: file, row and column. */
export function lineOf(error: GraddiffError | undefined): string | undefined {
  if (error === undefined) return undefined;
  try {
    callNamed(() => {
      throw error;
    }, []);
  } catch {
    // The error says now where it comes from.
  }
  return /\[([^[\]]+)\]$/.exec(error.message)?.[1];
}
