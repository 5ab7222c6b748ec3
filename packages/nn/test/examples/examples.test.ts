/**
 * Runs every example of the documentation that imports this package: in its own documents, in core's and in the root.
 */

import { testExamples } from "../../../core/test/support/packageExamples.ts";

testExamples(new URL("./generated/", import.meta.url), import.meta.glob("./generated/*.ts"));
