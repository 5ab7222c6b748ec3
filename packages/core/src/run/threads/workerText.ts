/**
 * The code of a worker, in which `start` and `ready` are names. The build writes it as one text, which no bundler changes,
 * see `scripts/workerText.mjs`; here it is that of the functions themselves.
 */

import { takerOf, work } from "./work.ts";

export const WORKER = `(${work})(start, ready, ${takerOf})`;
