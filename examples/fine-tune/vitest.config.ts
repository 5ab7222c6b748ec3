import { nodeTests } from "../../scripts/nodeTests.mjs";

export default nodeTests({
  whole: ["test/fine-tune.test.ts"],
  elsewhere: ["test/browser/**"],
  built: true,
});
