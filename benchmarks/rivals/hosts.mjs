// The hosts of the libraries: a process of Node or a page for each library and workload, or Python.

import { spawnSync } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { UsageError } from "../dist/src/arguments.js";
import { node } from "../dist/src/host.js";
import { pack } from "./arrays.mjs";
import { compared, tolerance } from "./libraries.mjs";

/** The milliseconds after which a library is stopped. */
const limit = 300_000;

const file = (place) => fileURLToPath(new URL(place, import.meta.url));

/** Installs the packages of the lock file, unless they are installed. */
export function install() {
  const lock = file("package-lock.json");
  const installed = file("node_modules/.package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.log("Installing the rivals …");
  const { status } = spawnSync("npm", ["ci"], {
    cwd: file("."),
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new UsageError("The rivals could not be installed.");
}

/**
 * Returns the line of JSON that a program printed, or the reason why it printed none.
 *
 * @param timeout milliseconds after which it is given up.
 */
export function outcomeOf(program, words, timeout = limit) {
  const { stdout, stderr, status } = spawnSync(program, words, {
    encoding: "utf8",
    timeout,
    maxBuffer: 2 ** 28,
  });
  const line = stdout?.split("\n").find((text) => text.startsWith("{"));
  if (line !== undefined) return JSON.parse(line);
  // Node's last line is its version, and Python's is the error.
  const lines = stderr?.trim().split("\n") ?? [];
  const told = lines.findLast((text) => text.includes("Error")) ?? lines.at(-1);
  return { reason: told || `the process ended with ${status ?? "no"} status` };
}

/**
 * Returns the host that runs libraries in processes of Node.
 *
 * @param answers the file of the first library's answers.
 */
export function openProcesses(answers) {
  const contest = (library, { name: workload }, quick) => {
    const job = JSON.stringify({ library, workload, quick });
    return outcomeOf(process.execPath, [file("worker.mjs"), job, answers]);
  };
  return { name: node.name, contest, close: () => {} };
}

/**
 * Returns the host that runs libraries in pages of Chromium. It imports the bundler and the driver, which Node does not
 * need.
 *
 * @param answers the file of the first library's answers.
 */
export async function openBrowser(answers) {
  const { openPages } = await import("../dist/src/browser/pages.js");
  const { chromiumOptions } = await import("../../scripts/chromium.mjs");
  const { name, call, close } = await openPages({
    findChromium: chromiumOptions,
    entry: file("page.mjs"),
    tsconfig: file("../tsconfig.build.json"),
    folders: { tfjs: file("node_modules/@tensorflow/tfjs-backend-wasm/dist") },
    exchange: answers,
  });
  const contest = (library, { name: workload }, quick) =>
    call({ library, workload, quick }, limit).catch(({ message }) => ({
      reason: message.split("\n")[0],
    }));
  return { name, contest, close };
}

/**
 * Returns the host that runs PyTorch by worker.py, with the first Python on the path that has it, or the system's. If
 * there is none, `contest` returns that reason.
 */
export function openPython(answers) {
  const found = findPython("torch");
  if (found === undefined) {
    return { contest: () => ({ reason: "no python3 of this machine has torch" }) };
  }
  const { python, version } = found;
  const contest = (_, workload, quick, threads) =>
    contestInPython(python, workload, answers, { quick, threads });
  const blas = blasOf(python);
  return { version: blas === "" ? version : `${version} with ${blas}`, contest };
}

/**
 * Returns the file of the library by which PyTorch multiplies matrices, if the system reports it: some libraries are
 * much slower.
 */
function blasOf(python) {
  const code = `import os, re, torch
torch.ones(2, 2) @ torch.ones(2, 2)
lines = open("/proc/self/maps").read().split("\\n") if os.path.exists("/proc/self/maps") else []
names = {os.path.basename(line.split()[-1]) for line in lines if line}
print(" ".join(sorted(name for name in names if re.match(r"lib(cblas|blas|openblas|mkl_rt|blis|atlas)", name))))`;
  return spawnSync(python, ["-c", code], { encoding: "utf8" }).stdout?.trim() ?? "";
}

/**
 * Returns a Python of this machine that has a module, the first on the path or the system's, and the version of the
 * module.
 */
export function findPython(module) {
  for (const python of ["python3", "/usr/bin/python3"]) {
    const words = ["-c", `import ${module}; print(${module}.__version__)`];
    const { stdout, status } = spawnSync(python, words, { encoding: "utf8" });
    if (status === 0) return { python, version: stdout.trim() };
  }
  return undefined;
}

function contestInPython(python, { name, inputs }, answers, { quick, threads = 1 }) {
  if (inputs === undefined) return { reason: "no call of it stands in worker.py" };
  const given = inputs();
  const job = {
    workload: name,
    inputs: `${answers}.inputs`,
    shapes: given.map(([, shape]) => shape),
    integers: given.map(([elements]) => elements instanceof Int32Array),
    answers,
    compared,
    tolerance,
    quick,
    threads,
  };
  writeFileSync(job.inputs, pack(given.map(([elements]) => elements)));
  return outcomeOf(python, [file("worker.py"), JSON.stringify(job)]);
}
