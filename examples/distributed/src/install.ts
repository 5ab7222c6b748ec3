/** Installs the Python packages of the example from Debian. */

import { spawnSync } from "node:child_process";

/** A function that runs a command. @returns a description of the failure, if it has failed. */
export type Run = (command: string, parameters: readonly string[]) => string | undefined;

const run: Run = (command, parameters) => {
  const { status, error } = spawnSync(command, parameters, {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return status === 0 ? undefined : (error?.message ?? `it ended with ${status}`);
};

/**
 * Installs Python packages, and stops at the first step that fails.
 *
 * @returns a description of the failure, if a step has failed.
 */
export function install(packages: readonly string[], runs: Run = run): string | undefined {
  const names = packages.map((name) => `python3-${name}`);
  for (const parameters of [["update"], ["install", "-y", "--no-install-recommends", ...names]]) {
    const fault = runs("apt-get", [...parameters, "-qq"]);
    if (fault !== undefined) return `apt-get ${parameters[0]} has failed: ${fault}`;
  }
  return undefined;
}
