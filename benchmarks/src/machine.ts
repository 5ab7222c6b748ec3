// The environment on which timings depend: the machine, the engine, and the versions of packages.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, totalmem } from "node:os";
import path from "node:path";

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly platform: string;
}

export interface Versions {
  readonly node: string;
  readonly v8: string;
  readonly packages: Readonly<Record<string, string>>;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
  };
}

/** Returns the versions of Node, V8 and the named packages, which must be installed for the file `from`. */
export function findVersions(
  packageNames: readonly string[],
  from: string | URL = import.meta.url,
): Versions {
  const packages = Object.fromEntries(
    packageNames.map((name) => [name, packageVersion(name, from)]),
  );
  return { node: process.versions.node, v8: process.versions.v8, packages };
}

/** Finds package.json in the folders above the package's entry, because an exports map may hide it. */
function packageVersion(name: string, from: string | URL): string {
  let folder = path.dirname(createRequire(from).resolve(name));
  while (folder !== path.dirname(folder)) {
    const file = path.join(folder, "package.json");
    if (existsSync(file)) {
      const manifest: { name?: string; version?: string } = JSON.parse(readFileSync(file, "utf8"));
      if (manifest.name === name && manifest.version !== undefined) return manifest.version;
    }
    folder = path.dirname(folder);
  }
  throw new Error(`${name}: expected a package.json above its entry, got none.`);
}

/** Returns Node with its version, and that of its engine. */
export function nodeName({ node, v8 }: Pick<Versions, "node" | "v8">): string {
  return `Node ${node}, V8 ${v8}`;
}

/** Returns lines with the environment, to print above the tables. @param host the name of the host. */
export function formatEnvironment(
  machine: Machine,
  versions: Versions,
  host: string = nodeName(versions),
): string {
  const packages = Object.entries(versions.packages).map(([name, version]) => `${name} ${version}`);
  return [
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGigabytes} GB, ${machine.platform}`,
    `${host}, ${packages.join(", ")}`,
  ].join("\n");
}
