import { nodeTests } from "../../scripts/nodeTests.mjs";

export default nodeTests({ whole: ["test/augment.test.ts"], built: true });
