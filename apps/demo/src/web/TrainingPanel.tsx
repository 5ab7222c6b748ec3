/**
 * Training: steps downhill, rates to compare, and the curve of the error.
 */

import { useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { PRESET_STEPS, presetInputs, RATES } from "../course/lessons/training.ts";
import { type Remark, remarksOn } from "../instrument/descent.ts";
import { signOf } from "../instrument/equation.ts";
import { curve } from "./curve.ts";
import { SettingField } from "./SettingField.tsx";
import type { Store } from "./store.ts";
import { stepsOf } from "./trainer.ts";

const PRESETS = ["slow", "learn", "stuck"] as const;

export function TrainingPanel({ store }: { readonly store: Store }) {
  const { training: words } = store.texts;
  const { trainer } = store;
  const isBusy = trainer.isBusy.value;
  const frozen = useComputed(() => store.values.value["frozen"] ?? 0);
  const steps = useComputed(() => {
    const { value: run } = trainer.shown;
    const made = words.steps(run === undefined ? 0 : stepsOf(run));
    return store.hasAdjusted() ? `${made}, ${words.adjusted}` : made;
  });
  const remarks = useComputed(() => {
    const { value: run } = trainer.shown;
    if (trainer.hasFailed.value) return words.failed;
    if (trainer.isBusy.value) return words.learning;
    if (run === undefined || store.hasAdjusted()) return "";
    const all = remarksOn(store.graph.value, run.inputs, run.errors);
    return all.map((remark) => remarkText(store, remark)).join(" ");
  });
  const error = useComputed(
    () => store.graph.value.nodes[store.graph.value.output]?.value?.item() ?? Number.NaN,
  );
  const sign = useComputed(() => signOf(error.value, store.digits.value));
  const shown = useComputed(() => store.number(error.value));
  const preset = (rate: number) => {
    store.update({ inputs: presetInputs(rate, frozen.value), adjusted: {}, trained: 0 });
    trainer.train(PRESET_STEPS);
  };
  return (
    <section class="panel training" aria-label={words.curve}>
      <div class="training-controls">
        <span>{words.rate}</span>
        <SettingField store={store} name="rate" label={words.rate} look="form" />
        <button type="button" class="primary" disabled={isBusy} onClick={() => trainer.train(1)}>
          {words.one}
        </button>
        <button type="button" disabled={isBusy} onClick={() => trainer.train(10)}>
          {words.ten}
        </button>
        <button
          type="button"
          onClick={() => {
            if (isBusy) trainer.stop();
            else trainer.train("flat");
          }}
        >
          {isBusy ? words.stop : words.flat}
        </button>
        <button type="button" disabled={!store.isChanged() || isBusy} onClick={() => store.reset()}>
          {words.restart}
        </button>
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
      </div>
      <p class="presets">
        <span>{words.presets}</span>
        {PRESETS.map((name) => (
          <button key={name} type="button" disabled={isBusy} onClick={() => preset(RATES[name])}>
            {words[name]} ({store.number(RATES[name])})
          </button>
        ))}
      </p>
      <p class="training-state" aria-live="polite">
        <span>{steps}</span>
        <span>
          {words.error} {sign} <b class="live value">{shown}</b>
        </span>
        <span class="remarks">{remarks}</span>
      </p>
      <h2>{words.curve}</h2>
      <Curve store={store} />
    </section>
  );
}

function remarkText(store: Store, remark: Remark): string {
  const { training: words } = store.texts;
  const number = (value: number) => store.number(value);
  if (!("number" in remark)) return words[remark.kind];
  if (remark.kind === "steepest") return words.steepest(remark.name, number(remark.number));
  return words[remark.kind](number(remark.number));
}

/** The plotting library is loaded when there is something to plot. */
function Curve({ store }: { readonly store: Store }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    return element === null ? undefined : curve(store, element);
  }, [store]);
  return <div class="curve" ref={box} role="img" aria-label={store.texts.training.curve} />;
}
