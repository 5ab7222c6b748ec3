/**
 * A copy of the project, in which commands that change sources work.
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

/** The project. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
/** The copy, which goes with the process. */
export const copy = mkdtempSync(join(tmpdir(), "graddiff-copy-"));
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));

/** Runs a command in the copy; its output, or an error with it. */
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

/** Returns the project as it is, its dependencies as links, its packages as those of the copy. */
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

/** Gives the copy the packages as they were built last, which the programs of the pages import. */
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
      // Links into the project itself, which are relative.
      cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    } else symlinkSync(join(from, name), join(to, name));
  }
}

/** Takes all edits back. */
export function restoreCopy() {
  run(".", "git", "reset", "-q", "--hard");
  run(".", "git", "clean", "-qfd");
}
