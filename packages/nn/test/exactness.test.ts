/**
 * Results have the same bits everywhere: no source uses functions whose last digits JavaScript leaves to the engine.
 */

import { testExactness } from "../../core/test/support/exactness.ts";

testExactness(new URL("../src/", import.meta.url));
