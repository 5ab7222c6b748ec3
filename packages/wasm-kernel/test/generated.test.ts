/** Generated sources and their digests are up to date with the descriptions. */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

it("generated sources and their digests are what the descriptions give", () => {
  const script = fileURLToPath(new URL("../elementary/generate.mjs", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"]);
  expect(status, stderr.toString()).toBe(0);
});
