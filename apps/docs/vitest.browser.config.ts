import { pageTests } from "../../scripts/nodeTests.mjs";

// The tests that open the built site in Chromium: `npm run build` first.
export default pageTests();
