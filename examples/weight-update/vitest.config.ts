import { exampleTests } from "../../scripts/exampleTests.mjs";

export default exampleTests([], { "test/weightUpdate.test.ts": 1 });
