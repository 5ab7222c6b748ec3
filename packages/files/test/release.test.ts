/**
 * The manifests that `npm version` writes and the packages that `npm run release` publishes, in a copy of the
 * repository. A stand-in for npm records the calls.
 */

import { spawnSync } from "node:child_process";
import {
  chmodSync,
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
import { afterEach, beforeEach, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const PACKAGES = ["wasm-kernel", "core", "files", "nn", "onnx", "solve", "stats"];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly repository?: { readonly url: string; readonly directory: string };
  readonly homepage?: string;
  readonly bugs?: string;
  readonly description?: string;
  readonly keywords?: readonly string[];
}

const read = (file: string): Manifest => JSON.parse(readFileSync(file, "utf8"));

/** Returns the manifests of all workspaces. */
const manifestsOf = (folder: string) => [
  ...["packages", "apps", "examples"].flatMap((group) =>
    readdirSync(join(folder, group))
      .map((name) => join(folder, group, name, "package.json"))
      .filter((file) => existsSync(file)),
  ),
  join(folder, "benchmarks/package.json"),
];

let copy: string;

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "graddiff-release-"));
  const files = manifestsOf(root).map((file) => file.slice(root.length));
  for (const file of [
    ...files,
    "package.json",
    "CHANGELOG.md",
    "scripts/manifests.mjs",
    "scripts/release.mjs",
  ]) {
    cpSync(join(root, file), join(copy, file));
  }
  run("git", "init", "-q");
  commit();
});

afterEach(() => rmSync(copy, { recursive: true, force: true }));

/** Runs a program in the copy, with the stand-in before the real npm in PATH. */
function run(command: string, ...words: string[]) {
  const path = join(copy, ".npm") + delimiter + process.env["PATH"];
  const { status, stdout, stderr } = spawnSync(command, words, {
    cwd: copy,
    encoding: "utf8",
    env: { ...process.env, PATH: path },
  });
  return { status, said: stdout + stderr };
}

const commit = () => {
  run("git", "add", "-A");
  run("git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "one");
};

/** Edits the manifest of the copy's root. */
function edit(change: Readonly<Record<string, unknown>>): void {
  const file = join(copy, "package.json");
  writeFileSync(file, `${JSON.stringify({ ...read(file), ...change }, null, 2)}\n`);
}

const manifests = (...words: string[]) => run(process.execPath, "scripts/manifests.mjs", ...words);
const release = (...words: string[]) => run(process.execPath, "scripts/release.mjs", ...words);

/**
 * Makes the stand-in for npm. It knows some packages as published, and records those to publish until one fails.
 * Returns a function that reads the record.
 */
function noteNpm(published: readonly string[], failing = "none"): () => string[] {
  const notes = join(copy, ".npm/notes");
  const known = published.map((name) => `*@graddiff/${name}@*) echo "$VERSION";;`).join(" ");
  rmSync(join(copy, ".npm"), { recursive: true, force: true });
  cpSync(join(copy, "package.json"), join(copy, ".npm/package.json"));
  writeFileSync(notes, "");
  writeFileSync(
    join(copy, ".npm/npm"),
    `#!/bin/sh
VERSION=${read(join(copy, "package.json")).version}
case "$1 $2" in
  view*) case "$2" in ${known} *) exit 1;; esac;;
  publish*) echo "$*" >> ${notes}; case "$*" in *packages/${failing}*) exit 1;; esac;;
esac
`,
  );
  chmodSync(join(copy, ".npm/npm"), 0o755);
  return () => readFileSync(notes, "utf8").split("\n").filter(Boolean);
}

/** Makes the copy ready to be published. */
function prepare(): void {
  writeFileSync(join(copy, ".gitignore"), ".npm\n");
  edit({ repository: { type: "git", url: "git+https://example.org/somebody/graddiff.git" } });
  manifests();
  const { version } = read(join(copy, "package.json"));
  writeFileSync(join(copy, "CHANGELOG.md"), `# Changelog\n\n## ${version}\n`);
  commit();
  run("git", "tag", `v${version}`);
}

test("all manifests follow that of the root, version after version", () => {
  expect(manifests("--check")).toEqual({ status: 0, said: "" });
  const scripts = read(join(copy, "package.json")).scripts;
  expect(scripts["version"]?.startsWith("node scripts/manifests.mjs && ")).toBe(true);
  const url = "git+https://example.org/somebody/graddiff.git";
  for (const version of ["0.4.0", "1.0.0"]) {
    edit({ version, repository: { type: "git", url } });
    expect(manifests("--check").status).toBe(1);
    manifests();
    expect(manifests("--check").status).toBe(0);
    const all = manifestsOf(copy).map(read);
    const names = new Set(all.map(({ name }) => name));
    for (const each of all) {
      expect(each.version).toBe(version);
      const { dependencies, devDependencies, peerDependencies } = each;
      for (const ranges of [dependencies, devDependencies, peerDependencies]) {
        for (const [name, range] of Object.entries(ranges ?? {})) {
          if (names.has(name)) expect(range).toBe(version);
        }
      }
    }
    for (const name of PACKAGES) {
      const each = read(join(copy, "packages", name, "package.json"));
      expect(each.repository).toEqual({ type: "git", url, directory: `packages/${name}` });
      expect(each.homepage).toBe("https://example.org/somebody/graddiff#readme");
      expect(each.bugs).toBe("https://example.org/somebody/graddiff/issues");
      expect(each.description?.length).toBeGreaterThan(40);
      expect(each.keywords?.length).toBeGreaterThan(4);
    }
  }
});

test("a release publishes each package once, in the order in which they need each other", () => {
  prepare();
  const notes = noteNpm([]);
  expect(release()).toMatchObject({ status: 0, said: expect.stringContaining("Published ") });
  expect(notes()).toEqual(PACKAGES.map((name) => `publish -w packages/${name}`));
  const all = PACKAGES.map((name) => read(join(copy, "packages", name, "package.json")));
  for (const [i, each] of all.entries()) {
    const before = all.slice(0, i).map(({ name }) => name);
    const needed = Object.keys({ ...each.dependencies, ...each.peerDependencies });
    expect(before).toEqual(
      expect.arrayContaining(needed.filter((name) => name.startsWith("@graddiff/"))),
    );
  }
});

test("a release that broke off goes on where it did", () => {
  prepare();
  const broken = noteNpm(["wasm-kernel"], "files");
  const { status, said } = release();
  expect(status).toBe(1);
  expect(said).toContain("@graddiff/files: npm publish ended with 1.");
  expect(broken()).toEqual(["publish -w packages/core", "publish -w packages/files"]);
  const rest = noteNpm(["wasm-kernel", "core"]);
  expect(release().said).toMatch(/@graddiff\/core \S+ is published already/);
  expect(rest()).toEqual(
    ["files", "nn", "onnx", "solve", "stats"].map((name) => `publish -w packages/${name}`),
  );
});

test("a release says all that stands in its way and publishes nothing; a dry run goes on", () => {
  edit({
    version: "9.9.9",
    repository: { type: "git", url: "git+https://github.com/OWNER/graddiff.git" },
  });
  const notes = noteNpm([]);
  const { status, said } = release();
  expect(status).toBe(1);
  expect(notes()).toEqual([]);
  for (const part of [
    "Nothing was published:",
    "repository of package.json: expected the address of the repository, got git+https://github.com/OWNER/",
    "the manifests of packages differ from package.json",
    "CHANGELOG.md: expected `## 9.9.9` at its head, got",
    "files that are not committed",
    "the tag: expected v9.9.9 at this commit",
  ]) {
    expect(said).toContain(part);
  }
  const dry = release("--dry-run");
  expect(dry.status).toBe(0);
  expect(dry.said).toContain("A release would be refused:\n- repository of package.json");
  expect(notes()).toEqual(PACKAGES.map((name) => `publish -w packages/${name} --dry-run`));
});

test("core is a peer wherever a published package uses it, and a development dependency by which turbo builds it first", () => {
  for (const name of PACKAGES) {
    const manifest = read(join(root, "packages", name, "package.json"));
    expect(manifest.dependencies ?? {}).not.toHaveProperty("@graddiff/core");
    for (const name of Object.keys(manifest.peerDependencies ?? {})) {
      expect(manifest.devDependencies?.[name]).toBe(manifest.version);
    }
  }
});
