/** The listening: the page sends the last 1.3 s to the worker ten times a second, and receives probabilities. */

import { LENGTH, RATE } from "../audio/clip.ts";
import { Recent } from "../audio/recording.ts";
import { type Heard, microphone, played, type Source } from "../audio/sources.ts";
import { THRESHOLD } from "../model/settings.ts";
import { percent } from "../words.ts";
import { drawStrip, type Moment, SHOWN } from "./drawing.ts";
import { find, write } from "./elements.ts";
import { syntheticOther, syntheticWord } from "./synthetic.ts";

/** The seconds between two requests. */
const PERIOD = 0.1;
/** The time after a detection during which the word is not detected again, in ms. */
const PAUSE = 1_000;

export type From = "microphone" | "synthetic";

export class Live {
  readonly #ask: (samples: Float32Array<ArrayBuffer>, rate: number) => void;
  readonly #changed: () => void;
  readonly #strip = find("strip", HTMLCanvasElement);
  readonly #threshold = find("threshold", HTMLInputElement);
  #source: Source | undefined;
  #moments: Moment[] = [];
  #lastHit = Number.NEGATIVE_INFINITY;
  /** True while a request is pending: a slow machine makes fewer requests. */
  #isWaiting = false;
  /** True while the microphone is being opened. */
  #isStarting = false;
  from: From | undefined;
  /** The number of detections of the word. */
  hits = 0;

  /** @param ask for the probability of samples, which `heard` is given. @param changed is called when the status is another one. */
  constructor(
    ask: (samples: Float32Array<ArrayBuffer>, rate: number) => void,
    changed: () => void,
  ) {
    this.#ask = ask;
    this.#changed = changed;
    this.#threshold.value = String(THRESHOLD);
    this.#threshold.addEventListener("input", () => {
      write("thresholdValue", percent(this.#threshold.valueAsNumber));
      this.#draw();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
    new ResizeObserver(() => this.#draw()).observe(this.#strip);
  }

  /** Begins to listen. @throws DOMException if there is no microphone. */
  async start(from: From): Promise<void> {
    if (this.#isStarting) return;
    this.#isStarting = true;
    try {
      await this.#start(from);
    } finally {
      this.#isStarting = false;
    }
  }

  async #start(from: From): Promise<void> {
    this.stop();
    [this.hits, this.#moments, this.#isWaiting] = [0, [], false];
    let recent: Recent | undefined;
    let asked = 0;
    const heard: Heard = (block) => {
      if (recent === undefined) return;
      recent.add(block);
      if (this.#isWaiting || recent.heard - asked < PERIOD * source.rate) return;
      asked = recent.heard;
      this.#isWaiting = true;
      this.#ask(recent.samples(), source.rate);
    };
    const source = await (from === "microphone" ? microphone(heard) : played(lesson(), heard));
    recent = new Recent(Math.round((LENGTH / RATE) * source.rate));
    [this.#source, this.from] = [source, from];
    this.#changed();
  }

  stop(): void {
    this.#source?.stop();
    [this.#source, this.from] = [undefined, undefined];
    find("lamp", HTMLElement).classList.remove("lit");
    this.#changed();
  }

  /** Handles the answer of the worker. */
  heard(probability: number): void {
    this.#isWaiting = false;
    if (this.from === undefined) return;
    const at = performance.now();
    this.#moments.push({ at, probability });
    this.#moments = this.#moments.filter((moment) => at - moment.at <= SHOWN);
    const isHit = probability >= this.#threshold.valueAsNumber;
    if (isHit && at - this.#lastHit > PAUSE) {
      this.hits += 1;
      this.#changed();
    }
    if (isHit) this.#lastHit = at;
    write("percent", percent(probability));
    find("lamp", HTMLElement).classList.toggle("lit", at - this.#lastHit < PAUSE / 2);
    this.#draw();
  }

  #draw(): void {
    const now = this.#moments.at(-1)?.at ?? 0;
    drawStrip(this.#strip, this.#moments, { now, threshold: this.#threshold.valueAsNumber });
  }
}

/** Returns the samples of the synthetic voice: the word, and other words, in turn. */
function lesson(): Float32Array<ArrayBuffer> {
  const clips = Array.from({ length: 6 }, (_, i) =>
    i % 2 === 0 ? syntheticWord() : syntheticOther(),
  );
  const all = new Float32Array(clips.length * LENGTH);
  clips.forEach((clip, i) => {
    all.set(clip, i * LENGTH);
  });
  return all;
}
