/**
 * fast-check with a seed from the name of the running test: a property draws the same cases in every run, and others in
 * each round of `npm run explore`.
 */

import fc from "fast-check";
import { seedOfTest } from "./sampling.ts";

fc.configureGlobal({
  // fast-check reads the seed at the start of each property.
  get seed() {
    return seedOfTest() | 0;
  },
});

export default fc;
