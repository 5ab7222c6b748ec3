/** The number at which samples of cases begin (`packages/core/test/support/sampling.ts`), derived from the commit. */

import { spawnSync } from "node:child_process";

export function turnOfCommit() {
  const options = { cwd: import.meta.dirname, encoding: "utf8" };
  const git = spawnSync("git", ["rev-parse", "--short=8", "HEAD"], options);
  return git.status === 0 ? String(Number.parseInt(git.stdout.slice(0, 8), 16)) : "0";
}
