import { nodeTests } from "../../scripts/nodeTests.mjs";

export default nodeTests({ whole: ["test/weightUpdate.test.ts"], built: true });
