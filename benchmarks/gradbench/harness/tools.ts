// The tools of a clone of GradBench that this machine can run, and graddiff.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../../src/arguments.ts";
import type { Command } from "./drive.ts";

/** A tool that can be run, or the reason why it cannot. */
export type Tool =
  | { readonly name: string; readonly command: Command }
  | { readonly name: string; readonly reason: string };

/** The folders in which systems have the header that GradBench's C++ downloads. */
const JSON_HEADERS = ["/usr/include/nlohmann", "/usr/local/include/nlohmann"];

const ours = fileURLToPath(new URL("../tool/main.js", import.meta.url));

/** Returns the environment in which Python finds GradBench's modules, and its C++ compiler finds an installed header. */
function environmentOf(folder: string): Readonly<Record<string, string>> {
  const includes = ["../../cpp", ...JSON_HEADERS.filter((each) => existsSync(each))];
  return {
    PYTHONPATH: path.join(folder, "python/gradbench"),
    PYTHONDONTWRITEBYTECODE: "1",
    CXXFLAGS: `-std=c++17 -O3 ${includes.map((each) => `-I${each}`).join(" ")}`,
  };
}

/** A clone of GradBench: its folder, and the Python and the environment that run it. */
export interface GradBench {
  readonly folder: string;
  readonly python: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Checks a clone of GradBench, and compiles the handwritten C++ that validates most evals.
 *
 * @throws UsageError for a folder that is not a clone, and if Python or the compiler lacks something.
 */
export function openGradBench(given: string): GradBench {
  const folder = path.resolve(given);
  if (!existsSync(path.join(folder, "python/gradbench/gradbench/evals"))) {
    throw new UsageError(`--harness: expected a clone of gradbench/gradbench, got "${given}".`);
  }
  const environment = environmentOf(folder);
  const env = { ...process.env, ...environment };
  const needed = "import gradbench.eval, dataclasses_json, scipy";
  const candidates = [process.env["PYTHON"], "/usr/bin/python3", "python3"];
  const python = candidates.find(
    (each) => each !== undefined && spawnSync(each, ["-c", needed], { env }).status === 0,
  );
  if (python === undefined) {
    throw new UsageError(
      "--harness: expected a Python with pydantic, dataclasses-json and scipy, got none. Set PYTHON to one that has them.",
    );
  }
  const made = spawnSync("make", ["-C", "tools/manual", "-j2"], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  if (made.status !== 0) {
    const why = made.error?.message ?? made.stderr.split("\n").find((line) => /error/i.test(line));
    throw new UsageError(
      `--harness: expected tools/manual to compile, got "${why}". It needs make, g++ and nlohmann's json.hpp.`,
    );
  }
  return { folder, python, environment };
}

/** Returns graddiff and the tools of a clone: handwritten C++, C++ with operator overloading, and Python. */
export function toolsOf({ folder, python, environment }: GradBench): Tool[] {
  const cpp = (name: string): Tool => ({
    name,
    command: {
      words: [python, "python/gradbench/gradbench/cpp.py", name],
      folder,
      environment,
    },
  });
  const hasTorch = spawnSync(python, ["-c", "import torch"]).status === 0;
  return [
    { name: "graddiff", command: { words: [process.execPath, ours], folder } },
    cpp("manual"),
    cpp("adol-c"),
    hasTorch
      ? {
          name: "pytorch",
          command: {
            words: [python, "python/gradbench/gradbench/tools/pytorch/run.py"],
            folder,
            // All tools run on one thread.
            environment: { ...environment, OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" },
          },
        }
      : { name: "pytorch", reason: `${python} has no torch` },
  ];
}
