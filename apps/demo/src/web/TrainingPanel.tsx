/**
 * Training beside the graph: a slider over the steps downhill, the curve of the loss, the loss over one parameter with
 * a ball at the present point, and the plane of two inputs.
 */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { initialInputs } from "../course/lesson.ts";
import { PRESET_STEPS, presetInputs } from "../course/lessons/training.ts";
import { type Remark, remarksOn, updatedNumber } from "../instrument/descent.ts";
import { signOf } from "../instrument/equation.ts";
import { lossAround, lossAt, lossName } from "../instrument/loss.ts";
import { pathOf, rangeOf } from "../instrument/plot.ts";
import { DecisionSurface } from "./DecisionSurface.tsx";
import { Plot } from "./Plot.tsx";
import { SettingField } from "./SettingField.tsx";
import { followNumbers } from "./SlopePanel.tsx";
import type { Store } from "./store.ts";
import { stepsOf } from "./trainer.ts";
import { useDerived, useSettled } from "./useLive.ts";

interface OfStore {
  readonly store: Store;
}

/** The milliseconds between two steps while training runs. */
const PACE = 60;

export function TrainingPanel({ store }: OfStore) {
  const { training: words } = store.texts;
  const plan = store.lesson.value.training;
  if (plan === undefined) return null;
  return (
    <section class="training" aria-label={words.heading}>
      <Numbers store={store} />
      <LossCurve store={store} />
      <Scrubber store={store} />
      <Controls store={store} />
      <Rate store={store} />
      <Rates store={store} />
      <Remarks store={store} />
      <LossOver store={store} />
      {plan.surface !== undefined && <DecisionSurface store={store} surface={plan.surface} />}
    </section>
  );
}

/** Shows the number of the displayed step, and its loss. */
function Numbers({ store }: OfStore) {
  const { training: words } = store.texts;
  const text = useDerived(() => {
    const run = store.trainer.shown.value;
    const made = run === undefined ? words.steps(0) : words.at(run.at, stepsOf(run));
    return store.hasAdjusted() ? `${made}, ${words.adjusted}` : made;
  }, store).value;
  const loss = useDerived(
    () => lossAt(store.lesson.value, store.values.value, store.graph.value),
    store,
  ).value;
  const { data } = store.lesson.value.training ?? {};
  return (
    <p class="training-state">
      <span>{text}</span>
      <span>
        {data === undefined ? lossOf(store) : words.mean(lossOf(store), data.points.length)}{" "}
        {signOf(loss, store.digits.value)} <b class="live value">{store.number(loss)}</b>
      </span>
    </p>
  );
}

/** Returns the name of the loss on the page. */
function lossOf(store: Store): string {
  return lossName(store.lesson.value, store.graph.peek(), store.texts);
}

function Controls({ store }: OfStore) {
  const { training: words } = store.texts;
  const { trainer } = store;
  const isBusy = trainer.isBusy.value;
  const isRunning = useSignal(false);
  // A run advances step by step, so that the learner can follow it.
  useEffect(() => {
    if (!isRunning.value) return undefined;
    const timer = setInterval(() => {
      if (!trainer.isBusy.peek()) trainer.train(store.lesson.peek().training?.data ? 5 : 1);
    }, PACE);
    return () => clearInterval(timer);
  }, [isRunning.value, store, trainer]);
  const frozen = useDerived(() => store.values.value["frozen"], store);
  return (
    <div class="training-controls">
      <button
        type="button"
        class="primary one-step"
        disabled={isBusy && !isRunning.value}
        onClick={() => trainer.train(1)}
      >
        {words.one}
      </button>
      <button type="button" disabled={isBusy} onClick={() => trainer.train(10)}>
        {words.ten}
      </button>
      <button
        type="button"
        onClick={() => {
          isRunning.value = !isRunning.value;
          if (!isRunning.value) trainer.stop();
        }}
      >
        {isRunning.value ? words.stop : words.run}
      </button>
      <button
        type="button"
        disabled={!store.isChanged() || isBusy}
        onClick={() => {
          isRunning.value = false;
          store.reset();
        }}
      >
        {words.restart}
      </button>
      {frozen.value !== undefined && (
        <label class="freeze">
          <input
            type="checkbox"
            checked={frozen.value !== 0}
            disabled={isBusy}
            onChange={(event) =>
              store.setSetting("frozen", Number((event.currentTarget as HTMLInputElement).checked))
            }
          />
          {words.freeze}
        </label>
      )}
    </div>
  );
}

/** Shows a slider over the steps that were made. */
function Scrubber({ store }: OfStore) {
  const { training: words } = store.texts;
  const run = store.trainer.shown.value;
  const [at, of] = run === undefined ? [0, 0] : [run.at, stepsOf(run)];
  return (
    <label class="slider">
      <input
        type="range"
        min="0"
        max={Math.max(1, of)}
        step="1"
        value={at}
        disabled={of === 0}
        aria-label={words.scrub}
        aria-valuetext={words.at(at, of)}
        onInput={(event) => store.trainer.lookAt(Number(event.currentTarget.value))}
      />
    </label>
  );
}

/** The rates on the slider: from a thousandth to a thousand, 40 positions for each power of ten. */
const RATE_PLACES = 40;
const RATE_POWERS = 3;

function Rate({ store }: OfStore) {
  const { training: words } = store.texts;
  const name = store.rateName();
  const rate = useDerived(() => store.rate(), store).value;
  const place = Math.round(Math.log10(Math.max(rate, 1e-9)) * RATE_PLACES);
  const most = RATE_POWERS * RATE_PLACES;
  return (
    <div class="rate">
      <span>{words.rate}</span>
      <input
        type="range"
        min={-most}
        max={most}
        step="1"
        value={Math.max(-most, Math.min(most, place))}
        aria-label={words.rate}
        aria-valuetext={store.number(rate)}
        onInput={(event) => {
          const next = 10 ** (Number(event.currentTarget.value) / RATE_PLACES);
          store.setSetting(name, Number(next.toPrecision(2)));
        }}
      />
      <SettingField store={store} name={name} label={words.rate} look="form" />
    </div>
  );
}

/** Shows buttons for rates to compare; each training begins with the initial inputs. */
function Rates({ store }: OfStore) {
  const { training: words } = store.texts;
  const { training: plan, name } = store.lesson.value;
  const isBusy = store.trainer.isBusy.value;
  if (plan?.rates === undefined) return null;
  const labels: Readonly<Record<string, unknown>> = words;
  const go = (rate: number) => {
    const values = store.values.value;
    const inputs =
      name === "training"
        ? presetInputs(rate, values["frozen"] ?? 0)
        : { ...initialInputs(store.lesson.value), rate };
    store.update({ inputs, adjusted: {}, trained: 0, shown: undefined });
    store.trainer.train(name === "training" ? PRESET_STEPS : FEW_STEPS);
  };
  return (
    <p class="presets">
      <span>{words.presets}</span>
      {Object.entries(plan.rates).map(([key, rate]) => (
        <button key={key} type="button" disabled={isBusy} onClick={() => go(rate)}>
          {String(labels[key] ?? key)} ({store.number(rate)})
        </button>
      ))}
    </p>
  );
}

/** The number of steps that illustrate the effect of a rate on a parabola. */
const FEW_STEPS = 12;

function Remarks({ store }: OfStore) {
  const { training: words } = store.texts;
  const text = useDerived(() => {
    const run = store.trainer.shown.value;
    const plan = store.lesson.value.training;
    if (store.trainer.hasFailed.value) return words.failed;
    if (run === undefined || plan === undefined || store.hasAdjusted()) return "";
    const slopes = Object.fromEntries(store.slopes.value);
    const inputs = { ...run.inputs, rate: store.rate() };
    const all = remarksOn(plan, inputs, slopes, run.errors.slice(0, run.at + 1));
    return run.at === 0 ? "" : all.map((remark) => remarkText(store, remark)).join(" ");
  }, store).value;
  return (
    <p class="remarks" aria-live="polite">
      {text}
    </p>
  );
}

function remarkText(store: Store, remark: Remark): string {
  const { training: words } = store.texts;
  const loss = lossOf(store);
  if (!("number" in remark)) return words[remark.kind](loss);
  if (remark.kind === "steepest") {
    const [name, slope] = [remark.name, store.number(remark.number)];
    const isMean = store.lesson.value.training?.data !== undefined;
    return isMean ? words.steepestMean(name, slope, loss) : words.steepest(name, slope);
  }
  if (remark.kind === "diverges") return words.diverges(loss, String(remark.number));
  return words[remark.kind](loss, store.number(remark.number));
}

/** The most points of a curve; of more points, only some are drawn. */
const MOST_POINTS = 400;

/** Shows the loss after each step; the step that is shown is a point on it. */
function LossCurve({ store }: OfStore) {
  const { training: words } = store.texts;
  const loss = lossOf(store);
  const run = store.trainer.shown.value;
  const present = lossAt(store.lesson.value, store.values.value, store.graph.value);
  const errors = run?.errors ?? [present];
  const steps = Math.max(1, errors.length - 1);
  const at = run?.at ?? 0;
  const finite = errors.map((error) => (Number.isFinite(error) ? error : Number.NaN));
  const [low, high] = rangeOf([0, ...finite, ...(run?.heldOut ?? [])]);
  const stride = Math.max(1, Math.ceil(errors.length / MOST_POINTS));
  const line = (values: readonly number[]) =>
    values.flatMap((value, i): (readonly [number, number])[] =>
      i % stride === 0 || i === values.length - 1 ? [[i, value]] : [],
    );
  return (
    <Plot
      look="curve"
      label={words.curve(loss)}
      xName={words.scrub}
      yName={loss}
      xRange={[0, steps]}
      yRange={[Math.min(0, low), high]}
      height={140}
    >
      {({ x, y }) => (
        <>
          {(run?.heldOut.length ?? 0) > 0 && (
            <path
              class="held-line"
              d={pathOf(line(run?.heldOut ?? []).map(([i, value]) => [x.at(i), y.at(value)]))}
            />
          )}
          <path
            class="curve-line"
            d={pathOf(line(finite).map(([i, value]) => [x.at(i), y.at(value)]))}
          />
          {Number.isFinite(errors[at]) && (
            <circle class="here" cx={x.at(at)} cy={y.at(errors[at] ?? 0)} r={6} />
          )}
        </>
      )}
    </Plot>
  );
}

/** The number of points of the curve of the loss over one parameter. */
const LOSS_POINTS = 61;

interface Range {
  readonly name: string;
  readonly around: number;
  readonly half: number;
}

/**
 * Shows the loss over one parameter: the ball is at its present value, and the arrow points to its value after the next
 * step.
 */
function LossOver({ store }: OfStore) {
  const { training: words } = store.texts;
  const name = useDerived(() => chosenParameter(store), store).value;
  const range = useRef<Range | undefined>(undefined);
  const drawn = useSettled(() => {
    const lesson = store.lesson.value;
    const values = store.values.value;
    const x = values[name] ?? Number.NaN;
    const slope = store.slopes.value.get(name) ?? Number.NaN;
    const next = updatedNumber(x, store.rate(), slope);
    const reach = Math.abs(next - x);
    const before = range.current;
    const isNear =
      before?.name === name &&
      Math.abs(x - before.around) < 0.85 * before.half &&
      Math.abs(next - before.around) < before.half;
    if (!isNear) {
      const half = Math.max(1, 1.5 * Math.abs(x), Number.isFinite(reach) ? 1.4 * reach : 0);
      range.current = { name, around: x, half: Number.isFinite(half) ? half : 1 };
    }
    const { around = x, half = 1 } = range.current ?? {};
    const xs = Array.from(
      { length: LOSS_POINTS },
      (_, i) => around - half + (2 * half * i) / (LOSS_POINTS - 1),
    );
    const ys = lossAround(lesson, values, name, [...xs, x, next]);
    return { x, next, xs, ys: ys.slice(0, LOSS_POINTS), there: ys.slice(LOSS_POINTS) };
  }, () => {
    followNumbers(store);
    store.trainer.shown.value;
  }, [store, name]).value;
  if (name === "" || drawn === undefined) return null;
  const { x, next, xs, ys, there } = drawn;
  const [here = Number.NaN, after = Number.NaN] = there;
  const ends: readonly [number, number] = [xs[0] ?? 0, xs.at(-1) ?? 1];
  const loss = lossOf(store);
  return (
    <Plot
      look="loss-over"
      label={words.over(loss, name)}
      xName={name}
      yName={loss}
      xRange={ends}
      yRange={rangeOf([...ys, here])}
      height={150}
    >
      {(frame) => {
        const at = (px: number, py: number): [number, number] => [frame.x.at(px), frame.y.at(py)];
        const [from, to] = [at(x, here), at(next, after)];
        const isInside = to[1] > -400 && to[1] < frame.height + 400;
        return (
          <>
            <path
              class="curve-line"
              d={pathOf(xs.map((each, i) => at(each, ys[i] ?? Number.NaN)))}
            />
            {isInside && Number.isFinite(to[0]) && (
              <>
                <path class="next-step" d={pathOf([from, to])} />
                <circle class="next" cx={to[0]} cy={to[1]} r={4} />
              </>
            )}
            {from.every(Number.isFinite) && (
              <circle class="here ball" cx={from[0]} cy={from[1]} r={7} />
            )}
          </>
        );
      }}
    </Plot>
  );
}

/** Returns the chosen parameter, or the one with the steepest slope. */
function chosenParameter(store: Store): string {
  const { nodes } = store.graph.peek();
  const chosen = nodes[store.chosen.value ?? -1]?.name;
  const slopes = store.slopes.value;
  if (chosen !== undefined && slopes.has(chosen)) return chosen;
  let [best, steepest] = ["", -1];
  for (const [name, slope] of slopes) {
    if (best === "" || Math.abs(slope) > steepest) [best, steepest] = [name, Math.abs(slope)];
  }
  return best;
}
