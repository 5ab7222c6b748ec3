import { nodeTests } from "../../scripts/nodeTests.mjs";

export default nodeTests({
  // Pages of the built site, which take as long as all else.
  whole: ["test/site.test.ts"],
  elsewhere: ["test/browser/**"],
  built: true,
});
