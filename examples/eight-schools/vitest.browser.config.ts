import { pageTests } from "../../scripts/exampleTests.mjs";

export default pageTests();
