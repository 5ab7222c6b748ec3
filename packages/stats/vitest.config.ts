import { nodeTests } from "../../scripts/nodeTests.mjs";

export default nodeTests({ whole: ["test/{bundle,simulate}.test.ts"] });
