/** Checks of mistakes by users: each ends the run at once, with a helpful message, and no trained state is lost. */

import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { full, tensor, zeros } from "@graddiff/core";
import { newestCheckpoint, saveCheckpoint } from "@graddiff/files/node";
import { SGD } from "@graddiff/nn";
import { type Rows, readDigits, sliceRows, writeShards } from "./data.ts";
import {
  commandOfMachines,
  type Launch,
  launch,
  logOf,
  type Outcome,
  PYTHON,
  ranksOf,
  signalRank,
} from "./launch.ts";
import { prepare, program, root, tell, UNITS } from "./setup.ts";
import { makeTraining, writeStep } from "./step.ts";

/** Runs all checks of mistakes by users. */
export async function people(): Promise<void> {
  await twoLaunchers();
  await killedLauncher();
  await otherSteps();
  await wrongArguments();
  await notFinite();
  await badRows();
  await machines();
}

function final(out: string): Buffer {
  return readFileSync(join(out, "final.safetensors"));
}

/** Returns the files of a folder with their bytes, as text. */
function contentOf(folder: string): string {
  return readdirSync(folder)
    .sort()
    .filter((name) => name !== "lock")
    .map((name) => `${name} ${readFileSync(join(folder, name)).toString("base64")}`)
    .join("\n");
}

/** True if a run ended by itself, without further attempts. */
function endedAtOnce({ code, text, seconds }: Outcome): boolean {
  return code !== 0 && seconds < 40 && !text.includes("Traceback");
}

async function twoLaunchers(): Promise<void> {
  const { shardRows: _, ...files } = prepare("two", "float32", 2);
  const run: Launch = { ...files, steps: 4000, batch: 32, saveEvery: 500 };
  const alone = { ...run, out: join(files.out, "..", "alone") };
  await launch(alone);
  let second: Promise<Outcome> | undefined;
  // The first run is stopped meanwhile, since it might end before the second has begun.
  const act = () => {
    signalRank(1, run.out, "SIGSTOP");
    second = launch(run).finally(() => signalRank(1, run.out, "SIGCONT"));
  };
  const first = await launch(run, { lines: 50, act });
  const other = await second;
  const holder = /is in use by process \d+ on \S+ since/.test(other?.text ?? "");
  tell(
    other !== undefined && endedAtOnce(other) && holder,
    `a second run on one OUT ends after ${other?.seconds.toFixed(0)} s, and names the first`,
    other?.text,
  );
  tell(
    first.code === 0 && final(run.out).equals(final(alone.out)),
    "  the first ends with the bits of a run alone",
    first.text,
  );
}

async function killedLauncher(): Promise<void> {
  const { shardRows: _, ...files } = prepare("launcher", "float32", 2);
  const run: Launch = { ...files, steps: 4000, batch: 32, saveEvery: 500 };
  const alone = { ...run, out: join(files.out, "..", "alone") };
  await launch(alone);
  const kill = (child: ChildProcess) => child.kill("SIGKILL");
  await launch(run, { lines: 700, act: kill });
  await wait(2000);
  tell(ranksOf(run.out).length === 0, "2 s after a launcher is killed its processes have ended");

  // The temporary file of a process that was killed while it wrote; the others are of living or unknown processes.
  const name = "checkpoint-000000000400.safetensors";
  const left = [
    `${name}.${hostname()}.${2 ** 22 + 1}.0.temporary`,
    `${name}.${hostname()}.${process.pid}.0.temporary`,
    `${name}.elsewhere.1.0.temporary`,
  ].map((each) => join(run.out, each));
  for (const path of left) writeFileSync(path, "half a file");
  const { code, text } = await launch(run);
  tell(
    code === 0 && text.includes("goes on from step 500") && final(run.out).equals(final(alone.out)),
    "  the same command again goes on, and ends with the bits of a run alone",
    text,
  );
  tell(
    String(left.map((path) => existsSync(path))) === "false,true,true",
    "  of the temporary files that of a dead process is gone, and no other",
  );
}

/** Checks that the folder OUT can be used with only one step. */
async function otherSteps(): Promise<void> {
  const { shardRows: _, ...files } = prepare("steps", "float32", 2);
  const run: Launch = { ...files, steps: 50, batch: 32, saveEvery: 20 };
  const folder = join(files.out, "..");
  await launch(run);
  const before = contentOf(run.out);
  const refuses = async (what: string, changes: Partial<Launch>, said: RegExp) => {
    const outcome = await launch({ ...run, steps: 100, ...changes });
    const isSaid = said.test(outcome.text);
    const same = contentOf(run.out) === before;
    tell(endedAtOnce(outcome) && isSaid && same, `${what} is refused, and OUT stays`, outcome.text);
  };
  const step = join(folder, "other-rate");
  writeStep(step, makeTraining("float32", UNITS, 0.01), "float32");
  await refuses(
    "a step with another learning rate",
    { step },
    /optimizer\.learningRate starts as 0\.01 instead of 0\.003\. Give another OUT/,
  );
  const training = makeTraining("float32", UNITS);
  const optimizer = new SGD(training.optimizer.variables, { learningRate: 0.003 });
  writeStep(join(folder, "other-optimizer"), { ...training, optimizer }, "float32");
  await refuses(
    "a step with another optimizer",
    { step: join(folder, "other-optimizer") },
    /update\.onnx is another file.*optimizer\.count is missing/,
  );
  await refuses(
    "a number of steps that OUT is beyond",
    { steps: 20 },
    /is at step 50 already, beyond --steps 20: give more, or another OUT/,
  );
  const { code, text } = await launch({ ...run, steps: 60 });
  tell(code === 0 && text.includes("goes on from step 50"), "  the step itself goes on", text);

  // The file is written by this process, without a fingerprint.
  const out = join(folder, "from-here");
  await saveCheckpoint(out, { parameters: { w: zeros([3]) } }, { step: 10 });
  const strange = await launch({ ...run, out });
  tell(
    endedAtOnce(strange) &&
      /does not fit the step: parameters\.w, optimizer\.count/.test(strange.text),
    "a checkpoint of another model is refused, and its tensors are named",
    strange.text,
  );
}

async function wrongArguments(): Promise<void> {
  const { shardRows: _, ...files } = prepare("arguments", "float32", 2);
  const run: Launch = { ...files, steps: 20, batch: 32 };
  await launch(run);
  const before = contentOf(run.out);
  const wrong = [
    [["--keep", "-1"], "--keep: expected a whole number from 1, got '-1'"],
    [["--batch", "-5"], "--batch: expected a whole number from 1, got '-5'"],
    [["--batch", "0"], "--batch: expected a whole number from 1, got '0'"],
    [["--save-every", "0"], "--save-every: expected a whole number from 1, got '0'"],
    [["--processes", "0"], "--processes: expected a whole number from 1, got '0'"],
  ] as const;
  const said = [];
  for (const [more, message] of wrong) {
    const { code, text } = await launch({ ...run, steps: 30, more });
    if (code !== 2 || !text.includes(message)) said.push(text);
  }
  const { code, text } = await launch({ ...run, environment: { RANK: "0" } });
  if (code !== 2 || !text.includes("RANK in the environment, but not LOCAL_RANK")) said.push(text);
  const cuda = await launch({ ...run, steps: 30, more: ["--cuda"] });
  if (!endedAtOnce(cuda) || !cuda.text.includes("--cuda: this onnxruntime has no CUDA")) {
    said.push(cuda.text);
  }
  tell(
    said.length === 0 && contentOf(run.out) === before,
    `${wrong.length + 2} wrong arguments are refused at the door, and OUT stays`,
    said.join("\n"),
  );
}

/** Checks that numbers that are not finite are not saved over a trained state. */
async function notFinite(): Promise<void> {
  const { shardRows: _, ...files } = prepare("finite", "float32", 2);
  const run: Launch = { ...files, steps: 20, batch: 32, saveEvery: 10 };
  await launch(run);
  const kept = readFileSync(join(run.out, "checkpoint-000000000020.safetensors"));
  const folder = join(files.out, "..");
  const rows = readDigits("float32");
  const changed = (name: string, factor: number) => {
    const images = rows.images.mul(factor);
    const half = { images: images.slice([900], []), labels: rows.labels.slice([900], []) };
    writeShards(join(folder, name), [sliceRows(rows, 0, 900), half]);
    return join(folder, name);
  };
  const loss = await launch({ ...run, shards: changed("nan", Number.NaN), steps: 40 });
  const { checkpoint } = await newestCheckpoint(run.out);
  tell(
    endedAtOnce(loss) &&
      loss.text.includes("step 21: the loss is nan; the checkpoint of step 20 stays") &&
      checkpoint?.step === 20 &&
      readFileSync(checkpoint.path).equals(kept),
    "a loss that is no number stops the run at its step, and the checkpoint before stays",
    loss.text,
  );

  // The loss of the first step is finite, the parameters after it are not.
  const training = makeTraining("float32", UNITS);
  const optimizer = new SGD(training.optimizer.variables, { learningRate: 3e38 });
  const step = join(folder, "wild");
  writeStep(step, { ...training, optimizer }, "float32");
  const out = join(folder, "wild-out");
  const shards = changed("large", 1000);
  const state = await launch({ ...run, step, shards, out, steps: 5, saveEvery: 1 });
  tell(
    endedAtOnce(state) &&
      /step 1: NaN or infinity in parameters\.\S+.*; no checkpoint was saved before/.test(
        state.text,
      ) &&
      readdirSync(out).every((name) => !name.endsWith(".safetensors")),
    "a state that is not finite is not saved",
    state.text,
  );
}

/** Checks that messages about faulty rows name their file. */
async function badRows(): Promise<void> {
  const { shardRows: _, ...files } = prepare("rows", "float32", 2);
  const rows = readDigits("float32");
  const good = sliceRows(rows, 0, 100);
  const int32 = { dtype: "int32" } as const;
  const none: Rows = { images: zeros([0, 64]), labels: zeros([0], int32) };
  const cases: readonly [string, readonly Rows[], RegExp][] = [
    [
      "a single number in the place of an array",
      [good, { images: tensor(3), labels: tensor(3, int32) }],
      /rank 1: \S+shard-001\.npz: images is a single number, not rows/,
    ],
    [
      "a label beyond the classes",
      [good, { images: good.images, labels: full([100], 77, int32) }],
      /rank 1: step 1, rows 0 to 31 of \S+shard-001\.npz: .*out of data bounds/,
    ],
    ["files without rows", [none, none], /the files \*\.npz of \S+ have no rows/],
  ];
  for (const [what, shards, said] of cases) {
    const folder = join(root, "rows", what.replaceAll(" ", "-"));
    writeShards(folder, shards);
    const outcome = await launch({ ...files, shards: folder, steps: 20, batch: 32 });
    tell(
      endedAtOnce(outcome) && said.test(outcome.text),
      `${what}: the file is named`,
      outcome.text,
    );
  }
}

/** Runs the commands of step 6 of the README, with two launchers in place of two machines. */
async function machines(): Promise<void> {
  const { command, processes } = commandOfMachines();
  const all = 2 * processes;
  const { shardRows: _, ...files } = prepare("machines", "float32", all);
  const folder = join(files.out, "..");
  copyFileSync(program, join(folder, "train.py"));
  const start = (more: readonly string[] = []): Promise<Outcome> => {
    const begin = performance.now();
    const child = spawn(PYTHON, [...command.split(" "), ...more], { cwd: folder });
    running.push(child);
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
    }
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        const seconds = (performance.now() - begin) / 1000;
        resolve({ code, text, seconds, wentOnAfter: Number.NaN });
      });
    });
  };
  let running: ChildProcess[] = [];

  // If both launchers are killed while they train, the file by which they found each other stays.
  const killed = [start(), start()];
  while (logOf(files.out).length < 250) {
    await wait(100);
    if (running.some(({ exitCode }) => exitCode !== null)) break;
  }
  for (const child of running) child.kill("SIGKILL");
  await Promise.all(killed);
  running = [];
  const outcomes = await Promise.all([start(), start()]);
  const said = outcomes.map(({ text }) => text).join("\n");
  const size = { steps: 1000, batch: 32 };
  const one = { ...files, ...size, out: join(folder, "one-machine") };
  await launch(one);
  tell(
    outcomes.every(({ code }) => code === 0) &&
      final(files.out).equals(final(one.out)) &&
      /goes on from step [12]00/.test(said),
    `${command}, twice: ends with the bits of one machine, also after both were killed`,
    said,
  );
  tell(
    said.split("rank 0, which writes out, is on ").length === 2,
    "  one of them says that rank 0 is there",
    said,
  );
  const unlike = await Promise.all([
    start(["--batch", "16", "--steps", "1100"]),
    start(["--steps", "1100"]),
  ]);
  tell(
    unlike.every(
      ({ code, text }) => code !== 0 && /--batch is \d+, not \d+ as for rank 0/.test(text),
    ),
    "machines with unlike arguments end, and both name the argument",
    unlike.map(({ text }) => text).join("\n"),
  );
}
