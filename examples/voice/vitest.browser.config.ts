import { pageTests } from "../../scripts/nodeTests.mjs";

export default pageTests();
