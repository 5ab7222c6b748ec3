import { nodeTests } from "../../scripts/nodeTests.mjs";

export default nodeTests({
  whole: ["test/model.test.ts"],
  elsewhere: ["test/browser/**"],
  built: true,
});
