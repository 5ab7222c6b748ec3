/** All texts of the page, computed from the state of the models and of the last training. */

import type { Shares } from "./models.ts";
import type { Run, SessionState, Settings } from "./session.ts";
import type { Part } from "./training.ts";

/** The texts, by the parts of the page. */
export interface Words {
  readonly status: string;
  /** The description of the network in the last row of the table. */
  readonly trained: string;
  /** The descriptions of the networks that gave the answers below the images. */
  readonly answersOf: string;
  /** The description of the training in the curves. */
  readonly curvesOf: string;
  readonly epoch: string;
  readonly lossName: string;
  readonly loss: string;
  readonly weights: string;
  readonly size: string;
  /** The name of the device that trains. */
  readonly device: string;
  /** The table: digits 0 to 4, and 5 to 9. */
  readonly came0: string;
  readonly came5: string;
  readonly untrained0: string;
  readonly untrained5: string;
  readonly trained0: string;
  readonly trained5: string;
}

const NONE = "–";

const PART_NAMES: Readonly<Record<Part, string>> = {
  head: "the new layer alone",
  all: "all layers",
};

/** @param settings the settings in the form; undefined if its number is invalid. */
export function wordsOf(state: SessionState, settings: Settings | undefined): Words {
  const { came, untrained, run } = state;
  const result = run?.result;
  const done = run?.progress.row ? run.progress.epoch + 1 : run?.progress.epoch;
  const [came0, came5] = percents(came?.shares);
  const [untrained0, untrained5] = percents(untrained);
  const [trained0, trained5] = percents(result?.shares);
  return {
    status: statusOf(state, settings),
    trained: run && result ? `trained: ${nameOf(run)}` : "trained",
    answersOf: `was: as PyTorch exported it; now: ${run ? nameOf(run) : "not trained yet"}.`,
    curvesOf: run ? `Training of ${nameOf(run)}.` : "Nothing is trained yet.",
    epoch: run ? `${done} of ${run.settings.epochs}` : NONE,
    lossName: done ? `Mean loss, epoch ${done}` : "Mean loss",
    loss: run?.loss === undefined ? NONE : String(Number(run.loss.toPrecision(4))),
    weights: run ? run.weights.toLocaleString("en") : NONE,
    size: result ? `${result.bytes.toLocaleString("en")} bytes` : NONE,
    device: state.device ?? NONE,
    ...{ came0, came5, untrained0, untrained5, trained0, trained5 },
  };
}

/** True if the shown results have other settings than the form. */
export function isFormer({ run, phase }: SessionState, settings: Settings | undefined): boolean {
  if (run === undefined || settings === undefined || phase === "training") return false;
  return run.settings.train !== settings.train || run.settings.epochs !== settings.epochs;
}

function statusOf(state: SessionState, settings: Settings | undefined): string {
  const { phase, error, run, isSlow } = state;
  if (error !== undefined) return `Error: ${error.replace(/\.?$/, ".")}`;
  if (phase === "starting") return "Starting.";
  if (phase === "training") {
    const slow = isSlow ? " WebAssembly is forbidden here, so it is slow." : "";
    return `Training${settings ? ` ${wishOf(settings)}` : ""}.${slow}`;
  }
  if (run?.result === undefined) return "Ready.";
  const { same, held } = run.result;
  const end =
    run.progress.epoch + 1 === run.settings.epochs && run.progress.row ? "Done" : "Stopped";
  const former =
    settings && isFormer(state, settings)
      ? ` What is shown is of that, and not of ${wishOf(settings)}.`
      : "";
  return `${end}: ${nameOf(run)}. The file, imported again, gives ${same} of ${held} answers as the network does.${former}`;
}

const epochsOf = (count: number) => `${count.toLocaleString("en")} epoch${count === 1 ? "" : "s"}`;

const wishOf = ({ train, epochs }: Settings) => `${PART_NAMES[train]}, ${epochsOf(epochs)}`;

/** Returns the name of a run: the weights that were trained, and for how long. */
function nameOf({ settings, progress }: Run): string {
  const { train, epochs } = settings;
  const { epoch, step, row } = progress;
  if (row && epoch + 1 === epochs) return wishOf(settings);
  const done = row ? epoch + 1 : epoch;
  const part = row || step === 0 ? "" : ` and ${step} step${step === 1 ? "" : "s"}`;
  return `${PART_NAMES[train]}, ${done} of ${epochsOf(epochs)}${part}`;
}

function percents(shares: Shares | undefined): readonly [string, string] {
  const percent = (share: number | undefined) =>
    share === undefined ? NONE : `${(100 * share).toFixed(1)} %`;
  return [percent(shares?.zeroToFour), percent(shares?.fiveToNine)];
}
