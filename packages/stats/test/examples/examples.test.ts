/** Runs every example of the documentation. */

import { testExamples } from "../../../core/test/support/packageExamples.ts";

testExamples(new URL("./generated/", import.meta.url), import.meta.glob("./generated/*.ts"));
