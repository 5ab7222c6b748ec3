import { exampleTests } from "../../scripts/exampleTests.mjs";

export default exampleTests([], { "test/augment.test.ts": 2 });
