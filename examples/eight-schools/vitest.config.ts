import { exampleTests } from "../../scripts/exampleTests.mjs";

export default exampleTests(["test/browser/**"]);
