/**
 * Kills a training at random moments and resumes it, until it was killed 100 times. Each finished training has the bits
 * of one that was not interrupted.
 *
 *   npm run kills -- [COUNT] [SEED]
 */

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { randomIntegers } from "../mutants/damage.ts";
import { train } from "./training.ts";

const [first = "100", second = "1", third = ""] = process.argv.slice(2);

/** The lines that a child process has printed, and whether it was killed. */
interface Outcome {
  readonly killed: boolean;
  readonly lines: readonly string[];
}

/** Runs a training in a separate process, which is killed some time after a line (`wait`). */
function run(folder: string, result: string, wait?: { line: string; milliseconds: number }) {
  return new Promise<Outcome>((resolve, reject) => {
    const program = fileURLToPath(import.meta.url);
    const child = spawn(process.execPath, [program, "train", folder, result], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    let timer: NodeJS.Timeout | undefined;
    const arm = () => {
      if (wait === undefined || timer !== undefined || !text.includes(wait.line)) return;
      timer = setTimeout(() => child.kill("SIGKILL"), wait.milliseconds);
    };
    child.stdout.on("data", (chunk) => {
      text += chunk;
      arm();
    });
    arm();
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (code !== 0 && signal !== "SIGKILL") reject(new Error(`the training ended with ${code}`));
      else resolve({ killed: signal === "SIGKILL", lines: text.split("\n") });
    });
  });
}

/** Returns the numbers in lines that begin with a word, such as 12 in "saved 12". */
const numbersAfter = (word: string, lines: readonly string[]) =>
  lines.flatMap((line) => (line.startsWith(`${word} `) ? [Number(line.split(" ")[1])] : []));

async function kills(count: number, seed: number): Promise<void> {
  const random = randomIntegers(seed);
  const root = mkdtempSync(join(tmpdir(), "graddiff-kills-"));
  try {
    const undisturbed = join(root, "undisturbed.safetensors");
    const start = performance.now();
    await run(join(root, "undisturbed"), undisturbed);
    const whole = performance.now() - start;
    const expected = readFileSync(undisturbed);
    let [killed, ended, whileWriting, saved] = [0, 0, 0, 0];
    let [folder, result] = ["", ""];
    while (killed < count || ended === 0 || existsSync(folder)) {
      if (folder === "") {
        folder = join(root, `training-${ended}`);
        result = `${folder}.safetensors`;
        saved = 0;
      }
      // One run in ten is killed before the training begins, the others during it.
      const line = random(10) === 0 ? "" : "from";
      const milliseconds = random(Math.ceil(whole / 3));
      const outcome = await run(
        folder,
        result,
        killed < count ? { line, milliseconds } : undefined,
      );
      const damaged = outcome.lines.filter((each) => each.startsWith("damaged"));
      if (damaged.length > 0) throw new Error(damaged.join("\n"));
      const [from] = numbersAfter("from", outcome.lines);
      if (from !== undefined && from < saved)
        throw new Error(`step ${saved} was saved, ${from} found`);
      saved = Math.max(saved, ...numbersAfter("saved", outcome.lines));
      const names = existsSync(folder) ? readdirSync(folder) : [];
      if (names.length > 5) throw new Error(`too many files stay: ${names}`);
      if (outcome.killed) {
        killed++;
        if (names.some((name) => name.endsWith(".temporary"))) whileWriting++;
        continue;
      }
      if (!readFileSync(result).equals(expected)) throw new Error("the end has other bits");
      ended++;
      rmSync(folder, { recursive: true, force: true });
      folder = "";
    }
    console.log(
      `${killed} kills, ${whileWriting} of them while a checkpoint was written; ` +
        `${ended} trainings ended with the bits of the uninterrupted one (seed ${seed})`,
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

if (first === "train") await train(second, third);
else await kills(Number(first), Number(second));
