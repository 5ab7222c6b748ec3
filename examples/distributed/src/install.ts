/** Gets what Python needs from Debian. */

import { spawnSync } from "node:child_process";

/** Runs a command. @returns what has failed, if anything. */
export type Run = (command: string, parameters: readonly string[]) => string | undefined;

const run: Run = (command, parameters) => {
  const { status, error } = spawnSync(command, parameters, {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return status === 0 ? undefined : (error?.message ?? `it ended with ${status}`);
};

/** Installs packages of Python, and goes no further than a step that fails. @returns what has failed, if anything. */
export function install(packages: readonly string[], runs: Run = run): string | undefined {
  const names = packages.map((name) => `python3-${name}`);
  for (const parameters of [["update"], ["install", "-y", "--no-install-recommends", ...names]]) {
    const fault = runs("apt-get", [...parameters, "-qq"]);
    if (fault !== undefined) return `apt-get ${parameters[0]} has failed: ${fault}`;
  }
  return undefined;
}
