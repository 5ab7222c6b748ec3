import { nodeTests } from "../../scripts/nodeTests.mjs";

export default nodeTests({ whole: ["test/kills/**"], elsewhere: ["test/browser/**"] });
