/**
 * The timing of the four ways, which a button starts, with its progress.
 */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { TIMED, type Timing, type TimingProgress, WAYS, type Way } from "../course/lessons/ways.ts";
import type { Store } from "./store.ts";
import type { Work } from "./work/engine.ts";

export function SpeedPanel({ store }: { readonly store: Store }) {
  const { speed: words } = store.texts;
  const progress = useSignal<TimingProgress | undefined>(undefined);
  const result = useSignal<Timing | undefined>(undefined);
  const failure = useSignal("");
  const work = useRef<Work | undefined>(undefined);
  const end = () => {
    progress.value = undefined;
  };
  const stop = () => {
    work.current?.stop();
    end();
  };
  useEffect(() => stop, []);
  const run = () => {
    failure.value = "";
    result.value = undefined;
    progress.value = { way: "loop", done: 0, of: 1 };
    work.current = store.engine.begin(
      { kind: "time", purchases: store.state.value.inputs["purchases"] ?? 1 },
      {
        news: (news) => {
          if ("progress" in news) progress.value = news.progress;
          else {
            result.value = news.result;
            stop();
          }
        },
        failed: () => {
          failure.value = words.failed;
          end();
        },
        replaced: end,
      },
    );
  };
  const { value: state } = progress;
  return (
    <section class="speed" aria-label={words.run} aria-busy={state !== undefined}>
      <div class="training-controls">
        <button type="button" class="primary" disabled={state !== undefined} onClick={run}>
          {words.run}
        </button>
        <button type="button" disabled={state === undefined} onClick={stop}>
          {words.stop}
        </button>
        <progress
          max={state?.of ?? 1}
          value={state?.done ?? (result.value ? 1 : 0)}
          aria-label={words.run}
        />
        <span class="speed-state" aria-live="polite">
          {state !== undefined ? words.running(words[state.way]) : failure.value}
        </span>
      </div>
      {result.value !== undefined && <Result store={store} timing={result.value} />}
    </section>
  );
}

interface ResultProps {
  readonly store: Store;
  readonly timing: Timing;
}

function Result({ store, timing }: ResultProps) {
  const { speed: words } = store.texts;
  const { best, purchases, hasWasm, threads, agree } = timing;
  const nameOf = (way: Way) => {
    if (way !== "wasm") return words[way];
    if (!hasWasm) return words.noWasm;
    return threads > 1 ? words.threads(threads) : words.wasm;
  };
  const slowest = Math.max(...WAYS.map((way) => best[way]));
  return (
    <>
      <table class="race">
        <thead>
          <tr>
            <th scope="col">{words.way}</th>
            <th scope="col">{words.best}</th>
            <th scope="col">{words.rate}</th>
          </tr>
        </thead>
        <tbody>
          {WAYS.map((way) => (
            <tr key={way}>
              <th scope="row">{nameOf(way)}</th>
              <td class="number">
                {best[way].toFixed(2)}
                <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                  <rect width={(best[way] / slowest) * 100} height="6" />
                </svg>
              </td>
              <td class="number">{(purchases / best[way] / 1000).toFixed(0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class={agree ? "agree" : "agree bad"}>{agree ? words.agree : words.differ}</p>
      <p class="note">{words.note(TIMED)}</p>
    </>
  );
}
