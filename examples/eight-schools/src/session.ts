/** The runs of a page, one for each form of the model: they begin, stop and go on, and the session tells their state. */

import { type Posterior, sample } from "@graddiff/stats";
import { data, models, type Schools } from "./schools.ts";
import { CHAINS, CHUNK, DRAWS, type Form, WARMUP } from "./settings.ts";
import { isWhole, type Run, type SessionState, STARTING } from "./state.ts";

export interface SessionOptions {
  readonly tell: (state: SessionState) => void;
  /** Is called when the draws of the form that is shown have changed. */
  readonly show: () => void;
  /** True if the page has shown the last draws, so that newer ones are worth their time. */
  readonly isShown: () => boolean;
  /** Is called after each chunk; a run is as slow as this function. */
  readonly wait: (phase: "warmup" | "draws") => void;
  readonly isSlow: () => boolean;
}

const NOTHING: Run = {
  seed: 0,
  warmed: 0,
  draws: 0,
  divergences: 0,
  milliseconds: 0,
  rows: undefined,
  warnings: [],
};

/** Returns the number of draws of each chain. */
function drawsOf({ stats }: Posterior<Schools>): number {
  return stats.divergent.shape[1] ?? 0;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #posteriors: Partial<Record<Form, Posterior<Schools>>> = {};
  #state = STARTING;
  #isStopped = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  open(): void {
    this.#tell({ phase: "ready" });
  }

  get state(): SessionState {
    return this.#state;
  }

  /** The draws of the form that is shown; undefined if there are none. */
  get posterior(): Posterior<Schools> | undefined {
    const posterior = this.#posteriors[this.#state.form];
    return posterior && drawsOf(posterior) > 0 ? posterior : undefined;
  }

  /** Shows the run of a form. A run of the other form is stopped. */
  choose(form: Form): void {
    if (form === this.#state.form) return;
    this.stop();
    this.#tell({ form });
    this.#options.show();
  }

  /** Draws in the form that is shown; if its run of this seed was stopped, the run goes on. */
  async draw(seed: number): Promise<void> {
    const { phase, form, runs } = this.#state;
    if (phase !== "ready") return;
    const stopped = runs[form];
    const goesOn = stopped?.seed === seed && !isWhole(stopped);
    this.#isStopped = false;
    this.#tell({ phase: "drawing", error: undefined, isSlow: this.#options.isSlow() });
    try {
      if (!goesOn) {
        delete this.#posteriors[form];
        this.#keep(form, { ...NOTHING, seed });
      }
      await this.#run(form, goesOn ? stopped : { ...NOTHING, seed }, this.#posteriors[form]);
      this.#tell({ phase: "ready" });
    } catch (error) {
      this.#tell({ phase: "ready", error: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Ends the run after its chunk. Its draws are kept. */
  stop(): void {
    if (this.#state.phase !== "drawing") return;
    this.#isStopped = true;
    this.#tell({ phase: "stopping" });
  }

  /**
   * Makes a run, or the rest of one that was stopped.
   *
   * @param before the run so far.
   * @param from its posterior, to which the further draws are added.
   */
  async #run(form: Form, before: Run, from: Posterior<Schools> | undefined): Promise<void> {
    const { isShown, wait } = this.#options;
    const session = this;
    let { warmed, milliseconds } = before;
    let begun = performance.now();
    const posterior = await sample(models[form], {
      data,
      seed: before.seed,
      chains: CHAINS,
      warmup: WARMUP,
      draws: DRAWS - before.draws,
      chunk: CHUNK,
      ...(from && { from }),
      signal: {
        get aborted() {
          return session.#isStopped;
        },
      },
      onProgress: (progress) => {
        milliseconds += performance.now() - begun;
        warmed = Math.min(WARMUP, before.warmed + progress.done / CHAINS);
        if (isShown()) {
          if (progress.phase === "draws") this.#posteriors[form] = progress.posterior;
          this.#keep(form, { ...NOTHING, seed: before.seed, warmed, milliseconds });
        }
        wait(progress.phase);
        begun = performance.now();
      },
    });
    this.#posteriors[form] = posterior;
    const results = drawsOf(posterior) > 0 && {
      rows: posterior.summary().rows,
      warnings: posterior.warnings,
    };
    this.#keep(form, { ...NOTHING, seed: before.seed, warmed, milliseconds, ...results });
  }

  /** Tells the results of a run so far, with the counts of its draws, and shows these if the form is shown. */
  #keep(form: Form, run: Run): void {
    const posterior = this.#posteriors[form];
    const draws = posterior ? drawsOf(posterior) : 0;
    const divergences = posterior ? posterior.stats.divergent.sum().item() : 0;
    this.#tell({ runs: { ...this.#state.runs, [form]: { ...run, draws, divergences } } });
    if (form === this.#state.form) this.#options.show();
  }

  #tell(change: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.tell(this.#state);
  }
}
