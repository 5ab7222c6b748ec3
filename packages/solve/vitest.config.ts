import { nodeTests } from "../../scripts/nodeTests.mjs";

export default nodeTests();
