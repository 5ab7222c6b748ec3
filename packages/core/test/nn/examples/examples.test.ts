/** Runs every example of the documentation that has networks in it. */

import { testExamples } from "../../support/packageExamples.ts";

testExamples(new URL("./generated/", import.meta.url), import.meta.glob("./generated/*.ts"));
