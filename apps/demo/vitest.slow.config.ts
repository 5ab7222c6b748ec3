import { sampledTests } from "../../scripts/sampledTests.mjs";
import config from "./vitest.config.ts";

// Every lesson on every width, and every planted falsehood: what `npm test` samples.
export default {
  ...config,
  test: { ...config.test, include: sampledTests(import.meta.url), env: { GRADDIFF_WHOLE: "1" } },
};
