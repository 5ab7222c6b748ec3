import { exampleTests } from "../../scripts/exampleTests.mjs";

export default exampleTests([], { "test/besidePytorch.test.ts": 2 });
