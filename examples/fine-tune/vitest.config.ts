import { exampleTests } from "../../scripts/exampleTests.mjs";

export default exampleTests(["test/browser/**"], { "test/fine-tune.test.ts": 0 });
