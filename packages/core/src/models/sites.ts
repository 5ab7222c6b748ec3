/**
 * Sites: where the user's code applies an op, by layer and by line.
 */

import { RecordingError } from "../errors.ts";
import type { Site } from "../graph/trace.ts";
import { layerPath } from "../layers/place.ts";

/**
 * Returns the layer and the line that are running. An error keeps the stack, which is read where the line is asked for.
 */
export function siteOfCall(): Site {
  const trace = new RecordingError("site", "", "a line", "none");
  return { place: layerPath(), trace };
}
