/**
 * A copy of the project in a temporary folder, for scripts that change sources.
 */

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the project. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
/** The folder of the copy, which is removed when the process exits. */
export const copy = mkdtempSync(join(tmpdir(), "graddiff-copy-"));
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));

/** Runs a command in a folder of the copy, and returns its output. If it fails, throws an error with the output. */
export function run(folder, command, ...parameters) {
  const { status, stdout, stderr, error } = spawnSync(command, parameters, {
    cwd: join(copy, folder),
    encoding: "utf8",
    env: { ...process.env, CI: "", NO_COLOR: "1" },
    maxBuffer: 2 ** 28,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${parameters.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

/**
 * Copies the files of the project to the copy, changes that are not committed included, and commits them there.
 * Dependencies are links to the installed ones, and packages of the workspace are links to the packages of the copy.
 */
export function makeCopy() {
  const listed = spawnSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  }).stdout;
  for (const file of listed.split("\0")) {
    if (file === "" || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  for (const folder of [
    ".",
    ...readdirSync(join(root, "packages")).map((name) => `packages/${name}`),
  ]) {
    linkModules(join(root, folder, "node_modules"), join(copy, folder, "node_modules"));
  }
  run(".", "git", "init", "-q");
  run(".", "git", "add", "-A");
  run(".", "git", "-c", "user.name=copy", "-c", "user.email=copy", "commit", "-qm", "copy");
}

/** Copies the built packages, as they were built last, to the copy. Programs of the documentation's pages import them. */
export function copyBuilt() {
  for (const name of readdirSync(join(root, "packages"))) {
    const built = join(root, "packages", name, "dist");
    if (!existsSync(built)) throw new Error(`packages/${name} is not built: npm run build`);
    cpSync(built, join(copy, "packages", name, "dist"), { recursive: true });
  }
}

function linkModules(from, to) {
  if (!existsSync(from)) return;
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name === "@graddiff") {
      // Links to packages of the workspace are relative, so their copies point into the copy.
      cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    } else symlinkSync(join(from, name), join(to, name));
  }
}

/** Reverts all edits in the copy. */
export function restoreCopy() {
  run(".", "git", "reset", "-q", "--hard");
  run(".", "git", "clean", "-qfd");
}
