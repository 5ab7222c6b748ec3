import { pageTests } from "../../scripts/nodeTests.mjs";

// The tests that open the built page and run the built program: `npm run build` first. `npm test` walks the lessons once.
export default pageTests(["test/browser/{firefox,instrument,layout}.browser.test.ts"]);
