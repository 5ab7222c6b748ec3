/** The panels beside the stage: one is shown at a time, chosen by its name. */

import { PANELS, type PanelName } from "../course/lesson.ts";
import { later } from "./Later.tsx";
import { Code } from "./Program.tsx";
import { SharesPanel } from "./SharesPanel.tsx";
import type { Store } from "./store.ts";

const SlopePanel = later(async () => (await import("./SlopePanel.tsx")).SlopePanel);
const TrainingPanel = later(async () => (await import("./TrainingPanel.tsx")).TrainingPanel);
const SpeedPanel = later(async () => (await import("./SpeedPanel.tsx")).SpeedPanel);
const GraphRows = later(async () => (await import("./GraphRows.tsx")).GraphRows);
const Modes = later(async () => (await import("./Modes.tsx")).Modes);

interface OfStore {
  readonly store: Store;
}

/** Returns the panels that a lesson has. */
export function panelsOf(store: Store): readonly PanelName[] {
  const { forwardOnly, training, shares, programs, own, isTimed } = store.lesson.value;
  const has: Readonly<Record<PanelName, boolean>> = {
    slope: forwardOnly !== true,
    training: training !== undefined,
    shares: shares !== undefined,
    code: programs.length > 0 || own !== undefined,
    speed: isTimed === true,
    modes: forwardOnly !== true,
    table: true,
  };
  return PANELS.filter((name) => has[name]);
}

export function Rail({ store }: OfStore) {
  const words = store.texts.tabs;
  const panels = panelsOf(store);
  const wanted = store.panel.value;
  const shown = panels.find((name) => name === wanted) ?? panels[0];
  return (
    <aside class="rail" aria-label={words.heading}>
      <div class="tabs" role="tablist" aria-label={words.heading}>
        {panels.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${store.prefix}-tab-${name}`}
            aria-selected={name === shown}
            aria-controls={`${store.prefix}-panel`}
            tabIndex={name === shown ? 0 : -1}
            onClick={() => store.update({ panel: name })}
            onKeyDown={(event) => {
              const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
              if (by === undefined) return;
              event.preventDefault();
              const next = panels[(panels.indexOf(name) + by + panels.length) % panels.length];
              if (next === undefined) return;
              store.update({ panel: next });
              document.getElementById(`${store.prefix}-tab-${next}`)?.focus();
            }}
          >
            {words[name]}
          </button>
        ))}
      </div>
      <div
        class={`panel panel-${shown}`}
        id={`${store.prefix}-panel`}
        role="tabpanel"
        aria-labelledby={`${store.prefix}-tab-${shown}`}
        // A scrolling part must be reachable by keyboard.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: see above.
        tabIndex={0}
      >
        {shown === "slope" && <SlopePanel store={store} />}
        {shown === "training" && <TrainingPanel store={store} />}
        {shown === "shares" && <SharesPanel store={store} />}
        {shown === "code" && <Code store={store} />}
        {shown === "speed" && <SpeedPanel store={store} />}
        {shown === "modes" && <Modes store={store} />}
        {shown === "table" && <GraphRows store={store} />}
      </div>
    </aside>
  );
}
