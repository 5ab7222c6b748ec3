import { fromMessage, Layer, type Tensor, tensor, toMessage, Variable } from "@graddiff/core";
import { type Fit, fit, SGD } from "@graddiff/nn";
import { describe, expect, test } from "vitest";
import { Session, type SessionState, type SessionStore, STARTING } from "../src/session.ts";
import type { RunOptions } from "../src/training.ts";
import { captionOf, hasSteps, MOST_EPOCHS, wordsOf } from "../src/words.ts";

/** The number of steps in an epoch. */
const STEPS = 5;

/** Returns the loss of a step of the run, counted from 0: the gradient is 1, and the rate 1/8. */
const lossAt = (step: number) => 64 - step / 8;

const meanLoss = (first: number, end: number) => {
  let sum = 0;
  for (let step = first; step < end; step++) sum += lossAt(step);
  return String(Number((sum / (end - first)).toPrecision(4)));
};

class Slope extends Layer {
  readonly weight = new Variable(tensor([lossAt(0)]));

  override compute(x: Tensor): Tensor {
    return this.weight.value.mul(x).mean();
  }
}

function makeRun(options: RunOptions): Fit {
  const model = new Slope();
  const { saveTo, signal, onProgress } = options;
  return fit(model, {
    data: Array.from({ length: STEPS }, () => tensor([1])),
    loss: (own, x) => own.forward(x),
    optimizer: new SGD(model, { learningRate: 1 / 8 }),
    epochs: options.epochs,
    ...(saveTo && { saveTo }),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
}

/** A simulated browser storage, from which the test reads the number of steps of the stored run. */
class Memory implements SessionStore {
  steps: number | undefined;
  /** The number of stored steps in an epoch that has not ended. */
  part = 0;
  goal: number | undefined;
  isFull = false;
  #message: unknown;

  readonly save: SessionStore["save"] = async (tree, { step }) => {
    if (this.isFull) throw Object.assign(new Error("full"), { name: "QuotaExceededError" });
    const { message, transfer } = toMessage(tree);
    this.#message = structuredClone(message, { transfer });
    this.steps = step;
    this.part = Object(tree).fit.step.item();
  };
  readonly load: SessionStore["load"] = async () =>
    this.#message === undefined ? undefined : fromMessage(structuredClone(this.#message));
  get epochs(): number {
    return ((this.steps ?? 0) - this.part) / STEPS;
  }
  readonly loadGoal = async () => this.goal;
  readonly saveGoal = async (epochs: number) => {
    this.goal = epochs;
  };
  readonly clear = async () => {
    this.#message = undefined;
    this.steps = undefined;
    this.part = 0;
    this.goal = undefined;
  };
}

/** A simulated visitor of the page, without a browser, who checks the texts after every change. */
class Visitor {
  readonly #memory: Memory;
  #session: Session;
  #state: SessionState = STARTING;
  /** The number in the field. */
  goal: number;
  /** The steps that have been done in the run on the page, 0 before the first. */
  #done = 0;
  #stopAfter = Number.POSITIVE_INFINITY;
  #begun: string | undefined;
  readonly #faults: unknown[] = [];

  constructor(memory: Memory, goal = 100) {
    this.#memory = memory;
    this.goal = goal;
    this.#session = this.#open();
  }

  #open(): Session {
    return new Session({
      store: this.#memory,
      makeRun,
      show: () => {},
      isSlow: () => false,
      threads: () => 1,
      device: () => "WebGPU",
      tell: (state) => {
        const isStep = state.progress !== this.#state.progress && state.phase === "training";
        this.#state = state;
        if (isStep && state.progress) this.#step();
        try {
          this.judge();
        } catch (error) {
          // The error is stored, since a thrown error would count as an error of the training.
          this.#faults.push(error);
        }
      },
    });
  }

  #step(): void {
    const { epoch, step } = this.#state.progress ?? { epoch: 0, step: 0 };
    const done = epoch * STEPS + step;
    // The end of a run is reported twice.
    if (done === this.#done) return;
    this.#done = done;
    this.#begun ??= `step ${step} of epoch ${epoch + 1}`;
    if (--this.#stopAfter <= 0) this.#session.stop();
  }

  async reopen(): Promise<void> {
    this.#session = this.#open();
    this.#state = STARTING;
    this.judge();
    this.#done = this.#memory.steps ?? 0;
    await this.#session.open();
    if (this.#memory.goal !== undefined) {
      expect(this.#state.goal).toBe(this.#memory.goal);
      this.goal = this.#memory.goal;
    }
    this.judge();
  }

  /** Presses Train, and Stop after some steps. */
  async train(stopAfter: number): Promise<void> {
    const { epochs } = this.#memory;
    const { status } = this.words();
    expect(hasSteps(this.#state, this.goal)).toBe(this.goal > epochs);
    if (!hasSteps(this.#state, this.goal)) return;
    this.#stopAfter = stopAfter;
    this.#begun = undefined;
    await this.#session.train(this.goal, false);
    // The run began and ended at the positions that the page had announced.
    if (/from the first step/.test(status)) expect(this.#begun).toBe("step 1 of epoch 1");
    else if (/completes/.test(status)) {
      const next = this.goal > epochs + 1 ? `step 1 of epoch ${epochs + 2}` : undefined;
      if (!this.#memory.isFull) expect(this.#begun).toBe(next);
    } else if (!/with step/.test(status)) {
      const [, epoch] = /with epoch (\d+)/.exec(status) ?? [];
      expect(this.#begun).toBe(`step 1 of epoch ${epoch}`);
    } else {
      const [, epoch] = /steps of epoch (\d+)\. Train/.exec(status) ?? [];
      const [, step] = /goes on with step (\d+), /.exec(status) ?? [];
      expect(this.#begun).toBe(`step ${step} of epoch ${epoch}`);
    }
    const [, end] = /(?:end of|completes) epoch (\d+)\.$/.exec(status) ?? [];
    if (this.#stopAfter > 0 && !this.#memory.isFull) {
      expect(this.#memory.steps).toBe(Number(end) * STEPS);
    }
    this.judge();
  }

  async again(stopAfter: number): Promise<void> {
    this.#stopAfter = stopAfter;
    this.#done = 0;
    await this.#session.train(this.goal, true);
    this.judge();
  }

  words() {
    return wordsOf(this.#state, this.goal);
  }

  /** Compares each text with the counts of the test. */
  judge(): void {
    if (this.#faults.length > 0) throw this.#faults[0];
    const words = this.words();
    const { phase } = this.#state;
    for (const text of Object.values(words)) expect(text).not.toMatch(/NaN|undefined|Infinity|^$/);
    if (phase === "starting") {
      if (this.#state.saved === "unread") expect(words.saved).toBe("–");
      return;
    }
    const { steps, part: rest, epochs } = this.#memory;
    // The saved position is in the list and in the sentence.
    const numbers = (text: string) => (text.match(/\d+/g) ?? []).map(Number);
    const counts = [...(epochs > 0 ? [epochs] : []), ...(rest > 0 ? [rest] : [])];
    expect(numbers(words.saved)).toEqual(counts);
    expect(words.saved === "nothing").toBe(steps === undefined);
    if (phase === "ready") {
      const [, sentence = ""] = /(Saved: .*?\.|Nothing is saved\.)/.exec(words.status) ?? [];
      expect(numbers(sentence)).toEqual([
        ...(epochs === 1 ? [1] : epochs > 1 ? [1, epochs] : []),
        ...(rest > 0 ? [rest, STEPS, epochs + 1] : []),
      ]);
      expect(sentence === "Nothing is saved.").toBe(steps === undefined);
      expect(/Train (goes|completes)/.test(words.status)).toBe(this.goal > epochs);
      expect(/storage of this browser is full/.test(words.status)).toBe(
        this.#state.error !== undefined,
      );
    } else {
      expect(words.status).toBe(`Training up to epoch ${this.#state.goal}.`);
    }
    // The text has the position of the run: an epoch that has just ended is shown as complete.
    if (this.#state.progress === undefined || this.#done === 0) return;
    const isWhole = this.#state.progress.row !== undefined;
    const part = isWhole ? 0 : this.#done % STEPS || STEPS;
    const ended = (this.#done - part) / STEPS;
    expect(words.epoch).toBe(String(part > 0 ? ended + 1 : ended));
    expect(words.step).toBe(`${part > 0 ? part : STEPS} of ${STEPS}`);
    const begin = ended * STEPS;
    if (part > 0) {
      expect(words.partLossName).toBe(`Mean loss of epoch ${ended + 1} so far`);
      expect(words.partLoss).toBe(meanLoss(begin, begin + part));
    } else expect(words.partLoss).toBe("–");
    if (ended > 0) {
      expect(words.wholeLossName).toBe(`Mean loss of epoch ${ended}`);
      expect(words.wholeLoss).toBe(meanLoss(begin - STEPS, begin));
    } else expect(words.wholeLoss).toBe("–");
  }

  /** Fills the field, which accepts no number below 1. */
  fill(goal: number): void {
    this.goal = goal < 1 ? Number.NaN : goal;
    this.judge();
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
  test.each(Array.from({ length: 16 }, (_, seed) => seed))(
    "is true whatever is pressed, in the order of seed %i",
    async (seed) => {
      const random = numbersOf(seed);
      const memory = new Memory();
      const visitor = new Visitor(memory);
      await visitor.reopen();
      for (let i = 0; i < 16; i++) {
        const action = random(8);
        if (action < 4) {
          visitor.fill(random(6) + memory.epochs);
          await visitor.train(random(2) === 0 ? 1 + random(12) : 1000);
        } else if (action === 4) {
          visitor.fill(1 + random(4));
          await visitor.again(random(2) === 0 ? 1 + random(12) : 1000);
        } else if (action === 5) {
          memory.isFull = true;
          visitor.fill(memory.epochs + 1);
          await visitor.train(1000);
          memory.isFull = false;
          // The page shows the progress of the run, and that it is not saved.
          if (random(2) === 0) await visitor.reopen();
        } else if (action === 6) await visitor.reopen();
        else visitor.fill(random(12));
      }
    },
  );

  test("in the middle of an epoch says what is saved, and the field has the epoch that was asked for", async () => {
    const memory = new Memory();
    const visitor = new Visitor(memory);
    await visitor.reopen();
    expect(visitor.words().status).toBe(
      "Nothing is saved. Train goes from the first step to the end of epoch 100.",
    );
    visitor.fill(7);
    await visitor.train(3 * STEPS + 2);
    const { status } = visitor.words();
    expect(status).toBe(
      "Saved: epochs 1 to 3, and 2 of the 5 steps of epoch 4. Train goes on with step 3, to the end of epoch 7.",
    );
    const other = new Visitor(memory);
    await other.reopen();
    expect(other.goal).toBe(7);
    const { time: _, ...shown } = other.words();
    expect(shown).toEqual({
      status,
      device: "WebGPU",
      epoch: "4",
      step: "2 of 5",
      saved: "3 epochs, 2 steps",
      partLossName: "Mean loss of epoch 4 so far",
      partLoss: meanLoss(15, 17),
      wholeLossName: "Mean loss of epoch 3",
      wholeLoss: meanLoss(10, 15),
    });
    await other.train(1000);
    expect(other.words().status).toBe(
      "Saved: epochs 1 to 7. To go on, train up to an epoch after 7.",
    );
    other.fill(Number.NaN);
    expect(other.words().status).toBe(
      "Saved: epochs 1 to 7. Train ends with an epoch from 1 to 10,000.",
    );
  });

  test("of other states, and of the picture, is in words", () => {
    const ready: SessionState = { ...STARTING, phase: "ready" };
    const said = (state: Partial<SessionState>) => wordsOf({ ...ready, ...state }, 9).status;
    expect(said({ phase: "elsewhere" })).toMatch(/^Another tab has this training\./);
    expect(said({ phase: "failed", error: "none" })).toBe("Error: none.");
    expect(said({ phase: "training", goal: 9, isSlow: true })).toContain("so it is slow.");
    const timed = { ...ready, milliseconds: 1.25 };
    expect(wordsOf(timed, 9).time).toBe("1.3 ms");
    expect(wordsOf({ ...timed, threads: 4 }, 9).time).toBe("1.3 ms, 4 threads");
    expect(said({ error: "Another network." })).toBe(
      "Error: Another network. What is saved was not loaded. Start again forgets it.",
    );
    const all = { epochs: MOST_EPOCHS, step: 0 };
    expect(wordsOf({ ...ready, saved: all }, MOST_EPOCHS).status).toMatch(/No more can be/);
    expect(wordsOf({ ...ready, lastLoss: 0.00002 }, 9).wholeLoss).toBe("2e−5");
    expect(captionOf(undefined)).toBe("answers");
    expect(captionOf({ epochs: 0, step: 0 })).toBe("answers, untrained");
    expect(captionOf({ epochs: 1, step: 3 })).toBe("answers after 1 epoch, 3 steps");
  });
});
