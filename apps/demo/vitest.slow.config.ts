import { mergeConfig } from "vitest/config";
import config from "./vitest.config.ts";

// Every lesson on every width, and every planted falsehood: what `npm test` samples.
export default mergeConfig(config, {
  test: { include: ["test/reader/**/*.test.ts"], env: { GRADDIFF_WHOLE: "1" } },
});
