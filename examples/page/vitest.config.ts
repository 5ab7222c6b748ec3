import { nodeTests } from "../../scripts/nodeTests.mjs";

export default nodeTests({ elsewhere: ["test/browser/**"], built: true });
