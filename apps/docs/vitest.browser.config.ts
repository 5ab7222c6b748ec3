import { mergeConfig } from "vitest/config";
import { pageTests } from "../../scripts/exampleTests.mjs";

// The tests that open the built site in Chromium: `npm run build` first. The mode `whole` has all that `npm
// test` samples.
export default ({ mode }: { readonly mode: string }) =>
  mergeConfig(pageTests(), {
    test: { testTimeout: 600_000, env: mode === "whole" ? { GRADDIFF_WHOLE: "1" } : {} },
  });
