import { mergeConfig } from "vitest/config";
import { wholeLaws } from "../../scripts/sampledTests.mjs";
import config from "./vitest.config.ts";

// Every program of every page, of which `npm test` tries samples, and the built site.
const laws = wholeLaws(import.meta.url);

export default mergeConfig(config({ mode: "site", command: "serve" }), {
  test: { ...laws, include: [...laws.include, "test/site.test.ts"] },
});
