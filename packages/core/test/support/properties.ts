/**
 * fast-check with a seed from the commit, where `npm test` or `npm run test:slow` runs it: one commit always draws the
 * same cases, another commit draws others. A test file that is run by itself draws at random.
 */

import fc from "fast-check";
import { TURN } from "./sampling.ts";

if (TURN !== 0) fc.configureGlobal({ seed: TURN });

export default fc;
