/**
 * The code of a worker, in which `start` and `ready` are names. The build writes it as one text, which no bundler changes,
 * see `scripts/workerText.mjs`; in this file it is the text of the functions.
 */

import { takerOf, work } from "./work.ts";

export const WORKER = `(${work})(start, ready, ${takerOf})`;
