/**
 * Publishes the packages, each after its dependencies: `npm run release`. Packages that the registry already has in
 * this version are skipped, so a release that was interrupted can be run again.
 *
 *   --dry-run    publishes nothing, and prints the reasons why a release would be refused
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const { values: options } = parseArgs({
  options: { "dry-run": { type: "boolean", default: false } },
});
const dry = options["dry-run"];

/** The packages, each after its dependencies. */
const PACKAGES = ["wasm-kernel", "core", "files", "nn", "onnx", "solve", "stats"];

/** Runs a program in the root, and returns its status and its output. */
function run(command, words, stdio = "pipe") {
  const result = spawnSync(command, words, { cwd: root, encoding: "utf8", stdio });
  if (result.error) throw result.error;
  return result;
}

const npm = process.platform === "win32" ? "npm.cmd" : "npm";
const { version, repository } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Returns the reasons why this checkout must not be published. */
function refusals() {
  const found = [];
  if (repository.url.includes("/OWNER/")) {
    found.push(
      `repository of package.json: expected the address of the repository, got ${repository.url}. Write it there, ` +
        "and run `npm run manifests`.",
    );
  }
  if (run(process.execPath, ["scripts/manifests.mjs", "--check"]).status !== 0) {
    found.push("the manifests of packages differ from package.json: run `npm run manifests`.");
  }
  const [, latest] = /^## (.*)$/m.exec(readFileSync(join(root, "CHANGELOG.md"), "utf8")) ?? [];
  if (latest !== version) {
    found.push(`CHANGELOG.md: expected \`## ${version}\` at its head, got \`## ${latest}\`.`);
  }
  const changed = run("git", ["status", "--porcelain"]).stdout.trim();
  if (changed !== "") found.push(`files that are not committed:\n${changed}`);
  const tags = run("git", ["tag", "--points-at", "HEAD"]).stdout.split("\n");
  if (!tags.includes(`v${version}`)) {
    found.push(`the tag: expected v${version} at this commit. \`npm version\` makes it.`);
  }
  return found;
}

const refused = refusals();
if (refused.length > 0 && !dry) {
  console.error(`Nothing was published:\n- ${refused.join("\n- ")}`);
  process.exit(1);
}

for (const name of PACKAGES) {
  const full = `@graddiff/${name}`;
  const known = run(npm, ["view", `${full}@${version}`, "version"]);
  if (known.status === 0 && known.stdout.trim() === version) {
    console.log(`${full} ${version} is published already.`);
    continue;
  }
  const words = ["publish", "-w", `packages/${name}`, ...(dry ? ["--dry-run"] : [])];
  const { status } = run(npm, words, "inherit");
  if (status !== 0) {
    console.error(`${full}: npm publish ended with ${status}. Run this again once that is mended.`);
    process.exit(1);
  }
}
if (!dry) console.log(`Published ${version}.`);
else if (refused.length === 0)
  console.log(`Nothing was published: this was a dry run of ${version}.`);
else console.log(`A dry run of ${version}. A release would be refused:\n- ${refused.join("\n- ")}`);
