/**
 * Training: steps downhill, rates to compare, and the curve of the error.
 */

import { useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Catalogue } from "../course/catalogue/index.ts";
import { curve } from "./curve.ts";
import { SettingField } from "./SettingField.tsx";
import type { Store } from "./store.ts";
import { isTraining, train, trainingOf } from "./trained.ts";

/** With targets in the middle, where a sigmoid that is saturated is wrong. */
const PRESETS = [
  ["crawl", 0.01],
  ["learn", 5],
  ["diverge", 1000],
] as const satisfies readonly (readonly [keyof Catalogue["training"], number])[];
const TARGETS = { t1: 0.4, t2: 0.6 };

export function TrainingPanel({ store }: { readonly store: Store }) {
  const { training: words } = store.texts;
  const isBusy = isTraining.value;
  const trained = useComputed(() => store.state.value.trained);
  const steps = useComputed(() => words.steps(String(trained.value)));
  const hasDiverged = useComputed(() => trainingOfState(store).hasDiverged);
  const verdict = useComputed(() => {
    if (isTraining.value) return words.learning;
    if (trained.value === 0 || !trainingOfState(store).isFlat) return "";
    return hasDiverged.value ? words.diverged : words.converged;
  });
  const error = useComputed(() =>
    store.tensor(store.graph.value.nodes[store.graph.value.output]?.value),
  );
  const preset = (rate: number) => {
    store.update({ inputs: { ...store.state.value.inputs, ...TARGETS, rate }, trained: 0 });
    train(store, 100);
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
        <button
          type="button"
          disabled={trained.value === 0 || isBusy}
          onClick={() => store.update({ trained: 0 })}
        >
          {words.restart}
        </button>
      </div>
      <p class="presets">
        <span>{words.presets}</span>
        {PRESETS.map(([name, rate]) => (
          <button key={name} type="button" disabled={isBusy} onClick={() => preset(rate)}>
            {words[name]} ({store.number(rate)})
          </button>
        ))}
      </p>
      <p class="training-state" aria-live="polite">
        <span>{steps}</span>
        <span>
          {words.error} = <b class="live value">{error}</b>
        </span>
        <span class={hasDiverged.value ? "verdict bad" : "verdict"}>{verdict}</span>
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
