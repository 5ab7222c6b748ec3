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

  /** The draws of the form that is shown. */
  get posterior(): Posterior<Schools> | undefined {
    return this.#posteriors[this.#state.form];
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
      await this.#run(form, seed, goesOn ? CHAINS * (stopped.warmed + stopped.draws) : 0);
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
   * Makes a run. A run that goes on first repeats its transitions, without waits: a seed determines all bits, and they
   * take less than a second. `from: posterior.state` would go on at once, but its posterior has the further draws alone.
   *
   * @param after the number of transitions of all chains that the run had made.
   */
  async #run(form: Form, seed: number, after: number): Promise<void> {
    const { isShown, wait } = this.#options;
    const session = this;
    let done = 0;
    let warmed = 0;
    let milliseconds = 0;
    let begun = performance.now();
    if (after === 0) this.#keep(form, { ...NOTHING, seed }, undefined);
    const posterior = await sample(models[form], {
      data,
      seed,
      chains: CHAINS,
      warmup: WARMUP,
      draws: DRAWS,
      chunk: CHUNK,
      signal: {
        get aborted() {
          return session.#isStopped && done >= after;
        },
      },
      onProgress: (progress) => {
        milliseconds += performance.now() - begun;
        ({ done } = progress);
        warmed = Math.min(WARMUP, done / CHAINS);
        if (done > after) {
          if (isShown()) {
            const posterior = progress.phase === "draws" ? progress.posterior : undefined;
            this.#keep(form, { ...NOTHING, seed, warmed, milliseconds }, posterior);
          }
          wait(progress.phase);
        }
        begun = performance.now();
      },
    });
    const isEmpty = done <= CHAINS * WARMUP;
    this.#keep(
      form,
      {
        ...NOTHING,
        seed,
        warmed,
        milliseconds,
        rows: isEmpty ? undefined : posterior.summary().rows,
        warnings: isEmpty ? [] : posterior.warnings,
      },
      posterior,
    );
  }

  /** Tells the results of a run so far, with the counts of its draws, and shows these if the form is shown. */
  #keep(form: Form, run: Run, posterior: Posterior<Schools> | undefined): void {
    const flags = posterior?.stats.divergent;
    const draws = flags?.shape[1] ?? 0;
    const divergences = flags ? flags.sum().item() : 0;
    if (posterior && draws > 0) this.#posteriors[form] = posterior;
    else delete this.#posteriors[form];
    this.#tell({ runs: { ...this.#state.runs, [form]: { ...run, draws, divergences } } });
    if (form === this.#state.form) this.#options.show();
  }

  #tell(change: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.tell(this.#state);
  }
}
