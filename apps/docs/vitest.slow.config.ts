import { mergeConfig } from "vitest/config";
import { wholeLaws } from "../../scripts/sampledTests.mjs";
import config from "./vitest.config.ts";

// Every program of every page: what `npm test` samples.
export default mergeConfig(config, { test: wholeLaws(import.meta.url) });
