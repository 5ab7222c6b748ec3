/**
 * fast-check, whose cases come from the commit where `npm test` and `npm run test:slow` run it: the same commit draws
 * the same ones, and each commit others. A test file that is run by itself draws at random.
 */

import fc from "fast-check";
import { TURN } from "./sampling.ts";

if (TURN !== 0) fc.configureGlobal({ seed: TURN });

export default fc;
