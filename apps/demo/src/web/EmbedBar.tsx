/**
 * The bar of a stage that is embedded in another page: buttons for a step and for playing, and a link to the whole
 * page.
 */

import { linkOf } from "../instrument/link.ts";
import { lossAt, lossName } from "../instrument/loss.ts";
import { pathOf, rangeOf, scale } from "../instrument/plot.ts";
import { Question } from "./Question.tsx";
import type { Store } from "./store.ts";
import { togglePlay } from "./TimelineBar.tsx";
import { stepsOf } from "./trainer.ts";
import { useDerived } from "./useLive.ts";

interface OfStore {
  readonly store: Store;
}

const SIZE = { width: 140, height: 40 } as const;

export function EmbedBar({ store }: OfStore) {
  const { timeline, teacher } = store.texts;
  const isTrained = store.lesson.value.training !== undefined && store.panel.value === "training";
  const link = useDerived(() => linkOf(store.state.value), store);
  return (
    <div class="embed-bar">
      {isTrained ? (
        <Training store={store} />
      ) : (
        <>
          <button
            type="button"
            class="primary"
            onClick={() => store.goToPlace(store.isDone() ? 0 : store.place.value + 1)}
          >
            {timeline.next}
          </button>
          <button type="button" onClick={() => togglePlay(store)}>
            {store.playing.value ? timeline.pause : timeline.play}
          </button>
          <span class="place">
            {store.place.value} / {store.steps.value.length}
          </span>
        </>
      )}
      <Question store={store} />
      <span class="spring" />
      <a class="full" href={`${location.pathname}${link}`} target="_blank" rel="noreferrer">
        {teacher.full} ↗
      </a>
    </div>
  );
}

function Training({ store }: OfStore) {
  const { training: words } = store.texts;
  const run = store.trainer.shown.value;
  const errors = run?.errors ?? [];
  const loss = lossAt(store.lesson.value, store.values.value, store.graph.value);
  const [low, high] = rangeOf([0, ...errors]);
  const [x, y] = [
    scale(0, Math.max(1, errors.length - 1), 6, SIZE.width - 6),
    scale(low, high, SIZE.height - 4, 4),
  ];
  const name = lossName(store.lesson.value, store.graph.peek(), store.texts);
  return (
    <>
      <button
        type="button"
        class="primary one-step"
        disabled={store.trainer.isBusy.value}
        onClick={() => store.trainer.train(1)}
      >
        {words.one}
      </button>
      <button
        type="button"
        disabled={store.trainer.isBusy.value}
        onClick={() => store.trainer.train(10)}
      >
        {words.ten}
      </button>
      <span class="embed-state">
        {name} <b class="live value">{store.number(loss)}</b>
        <br />
        {words.at(run?.at ?? 0, run === undefined ? 0 : stepsOf(run))}
      </span>
      <svg class="embed-curve" width={SIZE.width} height={SIZE.height} aria-hidden="true">
        <path class="curve-line" d={pathOf(errors.map((error, i) => [x.at(i), y.at(error)]))} />
      </svg>
    </>
  );
}
