/**
 * Training: steps downhill, rates to compare, and the curve of the error.
 */

import { useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { PRESET_STEPS, presetInputs, RATES } from "../course/lessons/training.ts";
import { signOf } from "../instrument/equation.ts";
import { FLAT } from "../instrument/training.ts";
import { curve } from "./curve.ts";
import { SettingField } from "./SettingField.tsx";
import type { Store } from "./store.ts";
import { isTraining, train, trainingOf } from "./trained.ts";

const PRESETS = ["slow", "learn", "stuck"] as const;

export function TrainingPanel({ store }: { readonly store: Store }) {
  const { training: words } = store.texts;
  const isBusy = isTraining.value;
  const trained = useComputed(() => store.state.value.trained);
  const steps = useComputed(() => words.steps(String(trained.value)));
  const isStuck = useComputed(() => trained.value > 0 && trainingOfState(store).isStuck);
  const verdict = useComputed(() => {
    if (isTraining.value) return words.learning;
    const { isFlat, error } = trainingOfState(store);
    if (trained.value === 0 || !isFlat) return "";
    const flat = store.number(FLAT);
    return isStuck.value ? words.isStuck(flat, store.number(error)) : words.converged(flat);
  });
  const error = useComputed(
    () => store.graph.value.nodes[store.graph.value.output]?.value?.item() ?? Number.NaN,
  );
  const sign = useComputed(() => signOf(error.value, store.digits.value));
  const shown = useComputed(() => store.number(error.value));
  const preset = (rate: number) => {
    store.update({ inputs: presetInputs(rate), trained: 0 });
    train(store, PRESET_STEPS);
  };
  return (
    <section class="panel training" aria-label={words.curve}>
      <div class="training-controls">
        <span>{words.rate}</span>
        <SettingField store={store} name="rate" label={words.rate} look="form" />
        <button type="button" class="primary" disabled={isBusy} onClick={() => train(store, 1)}>
          {words.one}
        </button>
        <button type="button" disabled={isBusy} onClick={() => train(store, 10)}>
          {words.ten}
        </button>
        <button
          type="button"
          onClick={() => {
            if (isBusy) isTraining.value = false;
            else train(store, "flat");
          }}
        >
          {isBusy ? words.stop : words.converge}
        </button>
        <button type="button" disabled={!store.isChanged() || isBusy} onClick={() => store.reset()}>
          {words.restart}
        </button>
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
        <span class={isStuck.value ? "verdict bad" : "verdict"}>{verdict}</span>
      </p>
      <h2>{words.curve}</h2>
      <Curve store={store} />
    </section>
  );
}

function trainingOfState(store: Store) {
  const { inputs, trained } = store.state.value;
  return trainingOf(inputs, trained);
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
