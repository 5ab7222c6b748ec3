import { nodeTests } from "../../scripts/nodeTests.mjs";

export default nodeTests(
  {
    // The memory that damaged models take is measured.
    isolated: ["test/read/mutants/**/*.test.ts"],
    whole: ["test/launcher.test.ts"],
    elsewhere: ["test/browser/**"],
  },
  // Every export is checked, without a word in its test.
  { test: { setupFiles: ["test/support/checkedExports.ts"] } },
);
