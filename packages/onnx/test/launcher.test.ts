/**
 * The messages of train.py about its arguments, before it needs any package of Python. With a Python that has the
 * packages, the tests also try how it ends and restarts. The distributed example tries the rest (`npm start -w
 * @graddiff/example-distributed`).
 */

import { spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Tensor, tensor, uniform, zeros } from "@graddiff/core";
import { writeNpz } from "@graddiff/files";
import { crossEntropy, Dense, SGD } from "@graddiff/nn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sampled, sampleTests, WHOLE } from "../../core/test/support/sampling.ts";
import { exportTrainingStep } from "../src/index.ts";

sampleTests(3);

const LAUNCHER = fileURLToPath(new URL("../launcher/train.py", import.meta.url));
const hasPython = spawnSync("python3", ["-c", "import fcntl"]).status === 0;
const root = mkdtempSync(join(tmpdir(), "graddiff-door-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

// The model is so large that checkpoints are larger than all other files.
const model = new Dense(2, 20_000, { seed: 1 });
const files = exportTrainingStep((x: Tensor) => model.forward(x).square().mean(), {
  parameters: model,
  optimizer: new SGD(model.variables, { learningRate: 0.1 }),
  batch: [zeros([1, 2])],
});
for (const name of ["step", "old", "shards", "leaving"]) mkdirSync(join(root, name));
for (const [name, bytes] of Object.entries(files)) writeFileSync(join(root, "step", name), bytes);
const old = { format: "graddiff training step", version: 1 };
writeFileSync(join(root, "old", "training.json"), JSON.stringify(old));
writeFileSync(join(root, "file"), "");

/** Starts train.py. */
function start(parameters: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const command = ["-B", LAUNCHER, ...parameters];
  const env = { PATH: process.env["PATH"], ...environment };
  const { status, stderr } = spawnSync("python3", command, { cwd: root, env, encoding: "utf8" });
  return { status, said: stderr.trim().split("\n").at(-1) };
}

const folders = ["step", "shards", "out"];
const WORKER = { RANK: "0", LOCAL_RANK: "0", WORLD_SIZE: "1", MASTER_ADDR: "x", MASTER_PORT: "1" };

// Without Python these tests are skipped, and the report says so.
describe.skipIf(!hasPython)("train.py (needs python3)", () => {
  const numbers: readonly [readonly string[], string][] = [
    [["--keep", "-1"], "argument --keep: expected a whole number from 1, got '-1'"],
    [["--keep", "0"], "argument --keep: expected a whole number from 1, got '0'"],
    [["--batch", "-5"], "argument --batch: expected a whole number from 1, got '-5'"],
    [["--batch", "1.5"], "argument --batch: expected a whole number from 1, got '1.5'"],
    [["--save-every", "0"], "argument --save-every: expected a whole number from 1, got '0'"],
    [["--processes", "0"], "argument --processes: expected a whole number from 1, got '0'"],
    [["--nodes", "none"], "argument --nodes: expected a whole number from 1, got 'none'"],
    [["--threads", "0"], "argument --threads: expected a whole number from 1, got '0'"],
    [["--steps", "0"], "argument --steps: expected a whole number from 1, got '0'"],
    [["--max-restarts", "-1"], "argument --max-restarts: expected a whole number from 0, got '-1'"],
    [["--step", "5"], "unrecognized arguments: --step 5"],
  ];
  test.each(sampled(numbers, 3))("refuses %j", (parameters, message) => {
    const { status, said } = start([...folders, ...parameters]);
    expect([status, said]).toEqual([2, `train.py: error: ${message}`]);
  });

  test.each<[readonly string[], RegExp]>([
    [["nowhere", "shards", "out"], /argument step: expected a folder, got 'nowhere', which is not/],
    [["file", "shards", "out"], /argument step: expected a folder, got 'file', which is a file/],
    [["shards", "shards", "out"], /argument step: shards\/training\.json: .*No such file/],
    [["old", "shards", "out"], /old\/training\.json: expected a training step of version 2, got 1/],
    [["step", "nowhere", "out"], /argument shards: expected a folder/],
    [["step", "shards", "file"], /argument out: expected a folder, got 'file', which is a file/],
    [
      ["step", "shards", "step/out"],
      /argument out: expected a folder outside of 'step', got 'step/,
    ],
    [["step", "shards", "step"], /argument out: expected a folder outside of 'step', got 'step'/],
    [["step", "shards", "shards/../step/a"], /argument out: expected a folder outside of 'step'/],
  ])("refuses the folders %j", (parameters, message) => {
    const { status, said } = start(parameters);
    expect(status).toBe(2);
    expect(said).toMatch(message);
  });

  test("refuses files of a step that are not in its folder", () => {
    const told = JSON.parse(readFileSync(join(root, "step", "training.json"), "utf8"));
    writeFileSync(join(root, "secret.onnx"), "");
    symlinkSync(join(root, "secret.onnx"), join(root, "leaving", "link.onnx"));
    const names = ["../secret.onnx", "/etc/passwd", "a/b", "..", ".", "", "link.onnx", 7, "a\0"];
    for (const [i, name] of sampled([...names.entries()], 3)) {
      const change = [
        { state: name },
        { gradient: { ...told.gradient, file: name } },
        { update: { ...told.update, file: name } },
      ][i % 3];
      writeFileSync(join(root, "leaving", "training.json"), JSON.stringify({ ...told, ...change }));
      const { status, said } = start(["leaving", "shards", "out"]);
      expect([status, said], String(name)).toEqual([
        2,
        expect.stringMatching(/training\.json: .* is no file in the folder of the step$/),
      ]);
    }
  });

  test("refuses half of what torchrun tells its processes, and options that are torchrun's", () => {
    const half = start(folders, { RANK: "0", WORLD_SIZE: "2" });
    expect(half).toEqual({
      status: 2,
      said: "train.py: error: RANK and WORLD_SIZE in the environment, but not LOCAL_RANK, MASTER_ADDR, MASTER_PORT: start this with torchrun, which sets them all, or unset them",
    });
    const whose = start([...folders, "--processes", "2"], WORKER);
    expect(whose.said).toBe(
      "train.py: error: --processes starts torchrun, which has started this process: give torchrun its own option",
    );
  });
});

const NEEDED = ["fcntl", "numpy", "onnxruntime", "torch", "safetensors"];
/** The first Python that has all packages for training. */
const trainer = ["python3", "/usr/bin/python3"].find((python) => {
  const names = JSON.stringify(NEEDED);
  const code = `import importlib.util as u; exit(any(u.find_spec(n) is None for n in ${names}))`;
  return spawnSync(python, ["-c", code]).status === 0;
});

// The tests take half a minute, mostly for starting PyTorch, so only `npm run test:slow` runs them.
describe.skipIf(trainer === undefined || !WHOLE)(
  `a training (needs ${NEEDED.slice(1).join(", ")})`,
  () => {
    const python = trainer ?? "";
    const temporary = join(root, "temporary");
    const env = { PATH: process.env["PATH"], TMPDIR: temporary };
    const options = (sizes: Readonly<Record<string, number>>) =>
      Object.entries({ processes: 2, steps: 10, batch: 4, "save-every": 10, ...sizes }).flatMap(
        ([name, value]) => [`--${name}`, String(value)],
      );

    /** Runs a training to its end. @param blocks the most blocks of 512 bytes in a file. */
    function train(
      shards: string,
      out: string,
      sizes = {},
      blocks: number | "unlimited" = "unlimited",
      step = "step",
    ) {
      const command = [python, "-B", LAUNCHER, step, shards, out, ...options(sizes)];
      const limited = ["-c", `ulimit -f ${blocks}; exec "$@"`, "sh", ...command];
      const { status, stdout, stderr } = spawnSync("sh", limited, {
        cwd: root,
        env,
        encoding: "utf8",
      });
      return { status, lines: `${stdout}${stderr}`.trim().split("\n") };
    }

    const checkpoint = (step: number) => `checkpoint-${String(step).padStart(12, "0")}.safetensors`;
    const entries = (folder: string) => readdirSync(join(root, folder)).sort();

    beforeAll(() => {
      for (const name of ["temporary", "rows", "other"]) mkdirSync(join(root, name));
      for (const [i, folder] of ["rows", "rows", "other"].entries()) {
        const rows = writeNpz({ x: uniform([10 + i, 2], { seed: i }) });
        writeFileSync(join(root, folder, `${i}.npz`), rows);
      }
      expect(train("rows", "out").lines).toEqual([expect.stringContaining("10 steps in")]);
    }, 120_000);

    test("says once what all ranks find wrong", () => {
      const { status, lines } = train("other", "none");
      expect([status, lines]).toEqual([1, ["other has 1 files *.npz for 2 processes"]]);
    });

    test("says once what is wrong with its arguments where torchrun starts it", () => {
      // The store is a file, since some builds of PyTorch have none for the network.
      const store = [
        "--rdzv-backend",
        "c10d",
        "--rdzv-conf",
        "store_type=file",
        "--rdzv-id",
        "door",
      ];
      const meeting = [...store, "--rdzv-endpoint", join(root, "store"), "--log-dir", root];
      const torchrun = ["-m", "torch.distributed.run", "--nproc-per-node", "2", ...meeting];
      const command = [...torchrun, LAUNCHER, "step", "rows", "none", "--steps", "0"];
      const { stderr } = spawnSync(python, command, {
        cwd: root,
        env: { ...env, TORCH_DISABLE_SHARE_RDZV_TCP_STORE: "1" },
        encoding: "utf8",
      });
      const said = stderr.split("\n").filter((line) => line.startsWith("train.py: error"));
      expect(said).toEqual([
        "train.py: error: argument --steps: expected a whole number from 1, got '0'",
      ]);
    });

    test("names the row of a label without a class, and that of a number that is none", () => {
      const classes = new Dense(2, 3, { seed: 1 });
      const step = exportTrainingStep(
        (x: Tensor, labels: Tensor) => crossEntropy(classes.forward(x), labels),
        {
          parameters: classes,
          optimizer: new SGD(classes.variables, { learningRate: 0.1 }),
          batch: [zeros([1, 2]), zeros([1], { dtype: "int32" })],
        },
      );
      for (const name of ["labels", "missing", "nan"]) mkdirSync(join(root, name));
      for (const [name, bytes] of Object.entries(step)) {
        writeFileSync(join(root, "labels", name), bytes);
      }
      const x = uniform([6, 2], { seed: 1 });
      const labels = (...own: number[]) => tensor(own, { dtype: "int32" });
      const bad = tensor([...x.data()].map((value, i) => (i === 9 ? Number.NaN : value))).reshape([
        6, 2,
      ]);
      const good = writeNpz({ x, labels: labels(0, 1, 2, 0, 1, 2) });
      for (const folder of ["missing", "nan"]) writeFileSync(join(root, folder, "0.npz"), good);
      const [first, second] = [
        { x, labels: labels(0, 1, 2, 0, 1, 5) },
        { x: bad, labels: labels(0, 1, 2, 0, 1, 2) },
      ];
      writeFileSync(join(root, "missing", "1.npz"), writeNpz(first));
      writeFileSync(join(root, "nan", "1.npz"), writeNpz(second));
      const missing = train("missing", "out of classes", {}, "unlimited", "labels");
      expect(missing.status).toBe(1);
      // onnxruntime also writes lines, which are not compared.
      const own = missing.lines.filter((line) => line.startsWith("rank "));
      expect(own).toEqual([
        expect.stringMatching(/^rank 1: step 2, row 5 of missing\/1\.npz where labels is 5: /),
      ]);
      const nan = train("nan", "out of numbers", {}, "unlimited", "labels");
      expect([nan.status, nan.lines]).toEqual([
        1,
        [
          "step 2: the loss is nan, since x has NaN or infinity in row 4 of nan/1.npz; no checkpoint was saved before",
        ],
      ]);
    });

    test("that finds the disk full says what it wants, and the checkpoint before stays whole", () => {
      const path = join(root, "out", checkpoint(10));
      const before = readFileSync(path);
      const { status, lines } = train("rows", "out", { steps: 20 }, 128);
      expect([status, lines]).toEqual([
        1,
        [
          "goes on from step 10",
          expect.stringMatching(
            /^rank 0: step 20: out\/checkpoint-0+20\.safetensors cannot be written, File too large: 24\d{4} bytes are wanted, \d+ are free; the checkpoint of step 10 stays$/,
          ),
        ],
      ]);
      expect(readFileSync(path).equals(before)).toBe(true);
      expect(entries("out")).toEqual([checkpoint(10), "final.safetensors", "lock", "loss.csv"]);
    });

    test("that goes on with other rows says so", () => {
      mkdirSync(join(root, "changed"));
      copyFileSync(join(root, "out", checkpoint(10)), join(root, "changed", checkpoint(10)));
      const { status, lines } = train("other", "changed", { processes: 1, batch: 2, steps: 20 });
      expect([status, lines.slice(0, -1)]).toEqual([
        0,
        [
          expect.stringMatching(/^goes on from step 10$/),
          expect.stringMatching(
            /^warning: .*; batch: was 4, is 2; processes: was 2, is 1; shards: was 2 files of 21 rows, checksum \w{16}, is 1 files of 12 rows, checksum \w{16}$/,
          ),
        ],
      ]);
    });

    test("says that it waits for the other machines", async () => {
      const command = ["-B", LAUNCHER, "step", "rows", "waiting", ...options({ nodes: 2 })];
      const child = spawn(python, command, { cwd: root, env, stdio: ["ignore", "pipe", "ignore"] });
      const closed = new Promise((resolve) => child.on("close", resolve));
      const told = await new Promise<string>((resolve) => {
        let text = "";
        child.stdout.on("data", (part) => {
          text += part;
          if (text.includes("\n")) resolve(text);
        });
        child.on("close", () => resolve(text));
      });
      child.kill("SIGTERM");
      await closed;
      expect(told).toBe(
        "waits for 2 machines, this one among them, which meet by waiting/rendezvous: start this on each\n",
      );
      rmSync(temporary, { recursive: true });
      mkdirSync(temporary);
    });

    test("removes what a launcher that was killed has left", async () => {
      const command = ["-B", LAUNCHER, "step", "rows", "killed", ...options({ steps: 1_000_000 })];
      const child = spawn(python, command, { cwd: root, env, stdio: "ignore" });
      const closed = new Promise((resolve) => child.on("close", resolve));
      const first = join(root, "killed", checkpoint(10));
      while (!existsSync(first) && child.exitCode === null) await wait(5);
      child.kill("SIGKILL");
      await closed;
      expect(entries("temporary")).toEqual([
        expect.stringMatching(`^graddiff-.*\\.${child.pid}\\.`),
      ]);
      const half = (process: number | undefined) => `loss.csv.${hostname()}.${process}.0.temporary`;
      for (const owner of [child.pid, process.pid]) {
        writeFileSync(join(root, "killed", half(owner)), "half a file");
      }
      // Ranks notice the killed launcher within a fifth of a second, and lock the folder until then.
      await wait(1000);
      const { lines } = train("rows", "killed", { steps: 1 });
      expect(lines).toEqual([
        expect.stringMatching(/^rank 0: killed is at step \d+ already, beyond/),
      ]);
      expect(entries("temporary")).toEqual([]);
      const left = entries("killed").filter((name) => name.endsWith(".temporary"));
      expect(left).toEqual([half(process.pid)]);
    });
  },
);
