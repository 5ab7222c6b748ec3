import { readFileSync } from "node:fs";
import { Backend } from "@graddiff/core/internal";
import { beforeEach, describe, expect, test } from "vitest";
import { fiveDigits, readDigits } from "../src/data.ts";
import { readerOfTuned, type Shares, sharesOf } from "../src/models.ts";
import {
  type Gpu,
  SEED,
  Session,
  type SessionState,
  type Settings,
  STARTING,
  shownOf,
} from "../src/session.ts";
import { FIRST, PARTS, type Part, Tuned, training } from "../src/training.ts";
import { isFormer, wordsOf } from "../src/words.ts";

const bytesOf = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url));
const model = bytesOf("model/zero-to-four.onnx");
const digits = await readDigits(bytesOf("data/digits.csv.gz"));
const fives = fiveDigits(digits, FIRST);

const NAMES: Readonly<Record<Part, string>> = {
  head: "the new layer alone",
  all: "all layers",
};

const percents = ({ zeroToFour, fiveToNine }: Shares) =>
  [zeroToFour, fiveToNine].map((share) => `${(100 * share).toFixed(1)} %`);

interface Expected {
  readonly shares: readonly string[];
  readonly answers: readonly number[];
  readonly loss: number | undefined;
}
const computed = new Map<string, Expected>();

/** Returns a network after some epochs of a training, and some steps of the next. */
async function trained({ train, epochs }: Settings, done: number, rest: number): Promise<Expected> {
  const key = [train, epochs, done, rest].join();
  const known = computed.get(key);
  if (known) return known;
  const tuned = new Tuned(model, { train, seed: SEED });
  const signal = { aborted: done + rest === 0 };
  const run = training(tuned, fives, {
    epochs,
    seed: SEED,
    signal,
    onProgress: ({ epoch, step, row }) => {
      signal.aborted = row ? epoch + 1 === done && rest === 0 : epoch === done && step === rest;
    },
  });
  const { rows } = await run.run();
  const read = readerOfTuned(tuned);
  const result = {
    shares: percents(sharesOf(read, digits)),
    answers: Array.from(read(shownOf(digits).images).data()),
    loss: rows.at(-1)?.training.loss,
  };
  computed.set(key, result);
  return result;
}

/** A GPU backend that refuses every program. */
class Unable extends Backend implements Gpu {
  override readonly name = "WebGPU";

  prepare(): never {
    throw new Error("conv2d has no shader.");
  }

  async read<Tree>(tree: Tree): Promise<Tree> {
    return tree;
  }
}

/** A simulated visitor of the page, without a browser. */
class Visitor {
  readonly #told: (readonly [SessionState, Settings | undefined])[] = [];
  form: Settings = { train: "head", epochs: 2 };
  /** The settings of the last press. */
  #asked: Settings | undefined;
  files = 0;
  gpu: Gpu | undefined;
  readonly #session = new Session({
    tell: (state) => this.#told.push([state, this.#asked]),
    show: () => {},
    keep: () => {
      this.files++;
    },
    isSlow: () => false,
    gpu: () => this.gpu,
  });

  get state(): SessionState {
    return this.#told.at(-1)?.[0] ?? STARTING;
  }

  open(): void {
    this.#session.open({ digits, model });
  }

  /** Presses Train, and Stop after some milliseconds, at any point of the training. */
  async train(stopAfter?: number): Promise<void> {
    this.#asked = this.form;
    const timer = stopAfter && setTimeout(() => this.#session.stop(), stopAfter);
    await this.#session.train(this.form);
    clearTimeout(timer);
  }

  /** Compares the texts of all states with networks that the test has trained with the settings in the texts. */
  async judge(): Promise<void> {
    const all = this.#told.splice(0);
    for (const [state, asked] of all) await this.#judge(state, asked);
    this.#told.push(...all.slice(-1));
  }

  async #judge(state: SessionState, asked: Settings | undefined): Promise<void> {
    const words = wordsOf(state, this.form);
    for (const text of Object.values(words)) expect(text).not.toMatch(/NaN|undefined|Infinity|^$/);
    const { run } = state;
    if (!run || !asked) {
      expect([words.trained, words.trained0, words.loss, words.size]).toEqual([
        "trained",
        "–",
        "–",
        "–",
      ]);
      return;
    }
    const [, part, done, goal, rest] =
      /^Training of (.+), ([\d,]+)(?: of (\d+))? epochs?(?: and (\d+) steps?)?\.$/.exec(
        words.curvesOf,
      ) ?? [];
    const train = PARTS.find((each) => NAMES[each] === part);
    const claimed = { train, epochs: Number(goal ?? done) };
    expect(claimed).toEqual(asked);
    const expected = await trained(asked, Number(done), Number(rest ?? 0));
    const name = words.curvesOf.slice("Training of ".length, -1);
    expect(words.answersOf).toContain(`now: ${name}.`);
    expect(run.answers).toEqual(expected.answers);
    expect(words.epoch).toBe(`${done} of ${asked.epochs}`);
    expect(words.weights).toBe(asked.train === "head" ? "245" : "1,201");
    const loss = expected.loss === undefined ? "–" : Number(expected.loss.toPrecision(4));
    expect(words.loss).toBe(String(loss));
    expect(words.lossName).toBe(Number(done) > 0 ? `Mean loss, epoch ${done}` : "Mean loss");
    if (run.result === undefined) {
      expect([words.trained, words.trained0, words.size]).toEqual(["trained", "–", "–"]);
      return;
    }
    expect(words.trained).toBe(`trained: ${name}`);
    expect([words.trained0, words.trained5]).toEqual(expected.shares);
    if (state.phase !== "ready") return;
    const isWhole = rest === undefined && Number(done) === asked.epochs;
    expect(words.status.startsWith(`${isWhole ? "Done" : "Stopped"}: ${name}. `)).toBe(true);
    const { train: wanted, epochs } = this.form;
    const isOther = wanted !== asked.train || epochs !== asked.epochs;
    expect(isFormer(state, this.form)).toBe(isOther);
    const other = `not of ${NAMES[wanted]}, ${epochs} epoch${epochs === 1 ? "" : "s"}.`;
    expect(words.status.includes("What is shown is of that")).toBe(isOther);
    if (isOther) expect(words.status.endsWith(other)).toBe(true);
  }
}

/** Returns a generator of whole numbers below a bound, determined by a seed. */
function numbersOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe("what the page says", () => {
  let visitor: Visitor;
  beforeEach(() => {
    visitor = new Visitor();
    visitor.open();
  });

  test.each([1, 2, 3])(
    "is of the settings that it names, whatever is pressed in the order of seed %i",
    async (seed) => {
      const random = numbersOf(seed);
      await visitor.judge();
      for (let i = 0; i < 12; i++) {
        const action = random(3);
        const train = PARTS[random(2)] ?? "head";
        if (action === 0) visitor.form = { ...visitor.form, train };
        else if (action === 1) visitor.form = { ...visitor.form, epochs: 1 + random(3) };
        else await visitor.train(random(2) === 0 ? 1 + random(60) : undefined);
        await visitor.judge();
      }
      expect(visitor.files).toBeGreaterThan(0);
    },
  );

  test("of what computes: the GPU, or why there is none", async () => {
    const device = () => wordsOf(visitor.state, visitor.form).device;
    expect(device()).toBe("WebAssembly, without a GPU");
    expect(wordsOf(STARTING, visitor.form).device).toBe("–");
    visitor.gpu = new Unable();
    visitor.open();
    expect(device()).toBe("WebGPU");
    // Training succeeds nevertheless, with the same numbers.
    await visitor.train();
    expect(device()).toBe("WebAssembly, since the GPU refuses: conv2d has no shader.");
    expect(visitor.state.error).toBeUndefined();
    await visitor.judge();
  });

  test("marks results of other settings, and names their own", async () => {
    await visitor.train();
    const { state } = visitor;
    const own = wordsOf(state, { train: "head", epochs: 2 });
    expect(own.status).toBe(
      "Done: the new layer alone, 2 epochs. The file, imported again, gives 180 of 180 answers as the network does.",
    );
    const other = wordsOf(state, { train: "all", epochs: 1000 });
    expect(other).toEqual({
      ...own,
      status: `${own.status} What is shown is of that, and not of all layers, 1,000 epochs.`,
    });
    // A field without a number does not count as another setting.
    expect(wordsOf(state, undefined)).toEqual(own);
  });

  test("of faults and of slowness is in words", () => {
    const said = (state: Partial<SessionState>) =>
      wordsOf({ ...STARTING, ...state }, { train: "head", epochs: 1 }).status;
    expect(said({})).toBe("Starting.");
    expect(said({ phase: "ready" })).toBe("Ready.");
    expect(said({ phase: "failed", error: "none" })).toBe("Error: none.");
    expect(said({ phase: "training", isSlow: true })).toBe(
      "Training the new layer alone, 1 epoch. WebAssembly is forbidden here, so it is slow.",
    );
  });
});
