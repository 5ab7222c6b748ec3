/** Runs every example of the documentation that imports this package: its own, and those of core and of the root. */

import { testExamples } from "../../../core/test/support/packageExamples.ts";

testExamples(new URL("./generated/", import.meta.url), import.meta.glob("./generated/*.ts"));
