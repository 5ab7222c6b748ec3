import { nodeTests } from "../../scripts/nodeTests.mjs";

export default nodeTests({ whole: ["test/slow/**"], built: true });
