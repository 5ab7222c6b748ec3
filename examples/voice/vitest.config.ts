import { exampleTests } from "../../scripts/exampleTests.mjs";

export default exampleTests(["test/browser/**"], { "test/model.test.ts": 1 });
