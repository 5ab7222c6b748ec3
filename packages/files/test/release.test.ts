/** The versions that `npm run version` writes, in a copy of the manifests. */

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const read = (file: string): Manifest => JSON.parse(readFileSync(file, "utf8"));

/** The manifests of a folder's folders, such as `packages`. */
const manifestsOf = (folder: string) =>
  readdirSync(folder)
    .map((name) => join(folder, name, "package.json"))
    .filter((file) => existsSync(file));

/** Copies what tells versions. */
function copyTo(folder: string): void {
  const files = ["packages", "examples"].flatMap((name) => manifestsOf(join(root, name)));
  for (const file of [
    ...files.map((each) => each.slice(root.length)),
    "package.json",
    "scripts/peers.mjs",
  ]) {
    cpSync(join(root, file), join(folder, file));
  }
  cpSync(join(root, ".changeset/config.json"), join(folder, ".changeset/config.json"));
}

/** Runs the script for a minor change, without its last command, which asks a registry for the lock file. */
function raise(folder: string): void {
  writeFileSync(
    join(folder, ".changeset/change.md"),
    `---\n"@graddiff/core": minor\n---\n\nOne.\n`,
  );
  const commands = read(join(root, "package.json")).scripts["version"]?.split(" && ") ?? [];
  expect(commands.at(-1)).toBe("npm install --package-lock-only");
  const { status, stdout, stderr } = spawnSync(commands.slice(0, -1).join(" && "), {
    cwd: folder,
    shell: true,
    encoding: "utf8",
    env: {
      ...process.env,
      PATH: join(root, "node_modules/.bin") + delimiter + process.env["PATH"],
    },
  });
  if (status !== 0) throw new Error(stdout + stderr);
}

test("a minor change makes all packages the next minor version, and their peers ask for it, again and again", () => {
  const folder = mkdtempSync(join(tmpdir(), "graddiff-release-"));
  try {
    copyTo(folder);
    const before = manifestsOf(join(folder, "packages")).map(read);
    expect(new Set(before.map(({ version }) => version)).size).toBe(1);
    const [major, minor = 0] = before[0]?.version.split(".").map(Number) ?? [];
    const versions = [`${major}.${minor + 1}.0`, `${major}.${minor + 2}.0`];
    for (const version of versions) {
      raise(folder);
      const packages = manifestsOf(join(folder, "packages")).map(read);
      expect(packages.map((each) => each.version)).toEqual(packages.map(() => version));
      const names = new Set(packages.map(({ name }) => name));
      for (const each of [...packages, ...manifestsOf(join(folder, "examples")).map(read)]) {
        const exact = Object.entries({ ...each.dependencies, ...each.devDependencies });
        for (const [name, range] of exact) if (names.has(name)) expect(range).toBe(version);
        for (const range of Object.values(each.peerDependencies ?? {})) {
          expect(range).toBe(`>=${version} <1`);
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("core is a peer wherever a published package uses it, and a development dependency by which turbo builds it first", () => {
  for (const manifest of manifestsOf(join(root, "packages")).map(read)) {
    expect(manifest.dependencies ?? {}).not.toHaveProperty("@graddiff/core");
    for (const name of Object.keys(manifest.peerDependencies ?? {})) {
      expect(manifest.devDependencies?.[name]).toBe(manifest.version);
    }
  }
});
