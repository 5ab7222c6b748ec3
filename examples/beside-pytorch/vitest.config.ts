import { nodeTests } from "../../scripts/nodeTests.mjs";

export default nodeTests({ whole: ["test/besidePytorch.test.ts"], built: true });
