/**
 * The timeline: controls to play, step and scrub through every forward and backward step.
 */

import { useComputed } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { stepSentence } from "./stepSentence.ts";
import type { Store } from "./store.ts";

/** The milliseconds for a step while playing. */
const PACE = 900;

export function TimelineBar({ store }: { readonly store: Store }) {
  const { timeline } = store.texts;
  const steps = store.steps.value;
  const place = store.place.value;
  const isPlaying = store.playing.value;
  useEffect(() => {
    if (!isPlaying) return undefined;
    const timer = setInterval(() => {
      store.goToPlace(store.place.value + 1);
      if (store.isDone()) store.playing.value = false;
    }, PACE);
    return () => clearInterval(timer);
  }, [isPlaying, store]);
  const sentence = useComputed(() => stepSentence(store));
  const forward = steps.filter(({ phase }) => phase === "forward").length;
  const share = steps.length === 0 ? 0 : (forward / steps.length) * 100;
  const go = (to: number) => () => {
    store.playing.value = false;
    store.goToPlace(to);
  };
  return (
    <section class="timeline" aria-label={timeline.label}>
      <div class="controls">
        <Control label={timeline.back} symbol="back" off={place === 0} act={go(place - 1)} />
        <Control
          label={isPlaying ? timeline.pause : timeline.play}
          symbol={isPlaying ? "pause" : "play"}
          off={false}
          act={() => togglePlay(store)}
        />
        <Control label={timeline.next} symbol="next" off={store.isDone()} act={go(place + 1)} />
        <div class="scrub">
          <svg class="track" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
            <rect class="forward" x="0" y="0" width={share} height="4" />
            <rect class="backward" x={share} y="0" width={100 - share} height="4" />
          </svg>
          <input
            type="range"
            min="0"
            max={steps.length}
            step="1"
            value={place}
            aria-label={timeline.label}
            aria-valuetext={timeline.place(place, steps.length)}
            onInput={(event) => {
              store.playing.value = false;
              store.goToPlace(Number(event.currentTarget.value));
            }}
          />
        </div>
        <span class="place">
          {place} / {steps.length}
        </span>
      </div>
      <p class="sentence" aria-live="polite">
        {sentence}
      </p>
    </section>
  );
}

/** Starts or stops playing, from the current position, or from the start at the end. */
export function togglePlay(store: Store): void {
  if (!store.playing.value && store.isDone()) store.goToPlace(0);
  store.playing.value = !store.playing.value;
}

const SYMBOLS = {
  back: "M15 5L6 12L15 19Z",
  play: "M8 5L19 12L8 19Z",
  pause: "M8 5V19M16 5V19",
  next: "M9 5L18 12L9 19Z",
} as const;

interface ControlProps {
  readonly label: string;
  readonly symbol: keyof typeof SYMBOLS;
  readonly off: boolean;
  readonly act: () => void;
}

function Control({ label, symbol, off, act }: ControlProps) {
  return (
    <button
      type="button"
      class={`control ${symbol}`}
      aria-label={label}
      title={label}
      disabled={off}
      onClick={act}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d={SYMBOLS[symbol]} />
      </svg>
    </button>
  );
}
