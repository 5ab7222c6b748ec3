/**
 * Trains a classifier of handwritten digits in several processes of this machine, and checks that the result equals a
 * training in this process, also when processes are killed or hang, and when users make mistakes:
 *
 *   npm start -w @graddiff/example-distributed -- [--install]
 *
 * It needs python3 with numpy, onnxruntime, torch and safetensors; `--install` installs them from Debian.
 */

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadState } from "@graddiff/core";
import { readSafetensors } from "@graddiff/files";
import { newestCheckpoint } from "@graddiff/files/node";
import { type Float, randomRows, readDigits, shardsOf, writeShards } from "./data.ts";
import { install } from "./install.ts";
import { launch, logOf, PYTHON, signalRank } from "./launch.ts";
import { people } from "./people.ts";
import { failures, prepare, program, root, tell, UNITS } from "./setup.ts";
import { makeTraining, scoresOf, trainHere, writeStep } from "./step.ts";

const PACKAGES = ["onnxruntime", "torch", "onnx", "numpy", "safetensors"];

if (process.argv.includes("--install")) {
  const fault = install(PACKAGES);
  if (fault !== undefined) {
    console.error(fault);
    process.exit(1);
  }
}
const missing = PACKAGES.filter((name) => spawnSync(PYTHON, ["-c", `import ${name}`]).status !== 0);
if (missing.length > 0) {
  console.error(`${PYTHON} lacks ${missing.join(", ")}; --install gets Debian's packages`);
  process.exit(1);
}
await people();
await sameCurve("float64", 1e-9);
await sameCurve("float32", 1e-5);
await disturbed();
await damaged();
await times();
console.log(
  failures === 0
    ? "\nAll of it holds"
    : `\n${failures} of it ${failures === 1 ? "does" : "do"} not hold`,
);
process.exitCode = failures === 0 ? 0 : 1;

/** Checks that the losses and the trained state equal those of the training in this process. */
async function sameCurve(dtype: Float, bound: number): Promise<void> {
  for (const processes of [2, 4]) {
    const { shardRows, ...files } = prepare(`curve-${dtype}-${processes}`, dtype, processes);
    const size = { steps: 200, batch: 32 };
    const { code, text } = await launch({ ...files, ...size });
    const ours = makeTraining(dtype, UNITS);
    const losses = trainHere(ours, shardRows, size);
    const theirs = logOf(files.out);
    const worst = Math.max(...losses.map((loss, i) => Math.abs(loss - (theirs[i] ?? Number.NaN))));
    tell(
      code === 0 && theirs.length === size.steps && worst <= bound,
      `${dtype}, ${processes} processes: ${theirs.length} losses within ${worst.toExponential(1)} of ours`,
    );
    if (code !== 0) console.log(text);

    const loaded = makeTraining(dtype, UNITS);
    loadState(loaded, readSafetensors(readFileSync(join(files.out, "final.safetensors"))).tensors);
    const { images } = readDigits(dtype);
    const [own, other] = [ours, loaded].map((each) => scoresOf(each, images).data()) as [
      Float64Array,
      Float64Array,
    ];
    const apart = own.reduce((most, x, i) => Math.max(most, Math.abs(x - (other[i] ?? 0))), 0);
    const answers = [own, other].map((scores) => answersOf(scores));
    const differ = answers[0]?.filter((answer, i) => answer !== answers[1]?.[i]).length;
    tell(
      differ === 0,
      `  loaded here, it gives our ${answers[0]?.length} answers, scores within ${apart.toExponential(1)}`,
    );
    const { checkpoint } = await newestCheckpoint(files.out);
    tell(checkpoint?.step === size.steps, "  its newest checkpoint is one of ours");
  }
}

/** Returns the index of the greatest of each ten scores. */
function answersOf(scores: Float64Array | Float32Array): number[] {
  return Array.from({ length: scores.length / 10 }, (_, row) => {
    const own = scores.subarray(10 * row, 10 * row + 10);
    return own.indexOf(Math.max(...own));
  });
}

/** Trains while processes are killed or stopped, and checks that the final file is the same. */
async function disturbed(): Promise<void> {
  for (const processes of [2, 4]) {
    const { shardRows: _, ...files } = prepare(`disturbed-${processes}`, "float32", processes);
    const size = { steps: 6000, batch: 32, saveEvery: 500 };
    const undisturbed = { ...files, ...size, out: join(files.out, "..", "undisturbed") };
    await launch(undisturbed);
    const wanted = readFileSync(join(undisturbed.out, "final.safetensors"));
    const same = (out: string) => readFileSync(join(out, "final.safetensors")).equals(wanted);
    const curve = (out: string) => String(logOf(out)) === String(logOf(undisturbed.out));

    for (let rank = 0; rank < processes; rank++) {
      const out = join(files.out, `killed-${rank}`);
      const act = () => signalRank(rank, out, "SIGKILL");
      const { code, text, wentOnAfter } = await launch(
        { ...files, ...size, out },
        { lines: 1700, act },
      );
      const resumed = /goes on from step (\d+)/.exec(text)?.[1] ?? "nothing";
      tell(
        code === 0 && same(out) && curve(out),
        `${processes} processes, rank ${rank} killed: went on after ${wentOnAfter.toFixed(0)} s from step ${resumed}, with the same bits and losses`,
      );
    }
    const out = join(files.out, "stopped");
    const act = () => signalRank(processes - 1, out, "SIGSTOP");
    const { code, wentOnAfter } = await launch({ ...files, ...size, out }, { lines: 1700, act });
    tell(
      code === 0 && same(out) && wentOnAfter <= 70,
      `${processes} processes, rank ${processes - 1} stopped: went on after ${wentOnAfter.toFixed(0)} s, with the same bits`,
    );
  }
}

/** Checks that a damaged shard ends all processes at once, and that all of them name it. */
async function damaged(): Promise<void> {
  const processes = 4;
  const { shardRows: _, ...files } = prepare("damaged", "float32", processes);
  for (const rank of [1, 3]) {
    const shard = join(files.shards, `shard-00${rank}.npz`);
    const bytes = readFileSync(shard);
    bytes.fill(7, bytes.length / 2, bytes.length / 2 + 2000);
    writeFileSync(shard, bytes);
  }
  const { code, text, seconds } = await launch({ ...files, steps: 100, batch: 32 });
  const named = [1, 3].every((rank) =>
    text.includes(`rank ${rank}: ${files.shards}/shard-00${rank}`),
  );
  const tellers = text.split("\n").filter((line) => line.startsWith("rank 1: ")).length;
  tell(
    code !== 0 && named && tellers === processes && seconds <= 10,
    `two damaged shards: all ${tellers} processes name both, and the run ends after ${seconds.toFixed(1)} s`,
  );
  if (!named) console.log(text);
}

/** Prints the speed-up by more processes. */
async function times(): Promise<void> {
  console.log("\n| step | processes | ms a step | communication |\n|---|---|---|---|");
  const steps = [
    { name: "digits, 64 hidden, 128 rows", units: UNITS, rows: 128, count: 500 },
    { name: "1024 hidden, 2048 rows", units: 1024, rows: 2048, count: 40 },
  ];
  for (const { name, units, rows, count } of steps) {
    for (const processes of [1, 2, 4]) {
      const folder = join(root, `times-${units}-${processes}`);
      const all = randomRows(rows * 4, "float32");
      writeShards(join(folder, "shards"), shardsOf(all, processes, 0));
      writeStep(join(folder, "step"), makeTraining("float32", units), "float32");
      const { text } = await launch({
        program,
        step: join(folder, "step"),
        shards: join(folder, "shards"),
        out: join(folder, "out"),
        processes,
        steps: count,
        batch: rows / processes,
        saveEvery: count,
      });
      const [, seconds = "NaN", share = "?"] = /in ([\d.]+) s.*?, ([\d.]+ ?%)/.exec(text) ?? [];
      const each = ((1000 * Number(seconds)) / count).toFixed(2);
      console.log(`| ${name} | ${processes} | ${each} | ${share} |`);
    }
  }
}
