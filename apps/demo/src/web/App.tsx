/**
 * The page: one instrument.
 */

import { GraphTable } from "./GraphTable.tsx";
import { Header } from "./Header.tsx";
import { later } from "./Later.tsx";
import { Modes } from "./Modes.tsx";
import { NodePanel } from "./NodePanel.tsx";
import { Printed, Program } from "./Program.tsx";
import { RunText } from "./RunText.tsx";
import { SharesPanel } from "./SharesPanel.tsx";
import { Stage } from "./Stage.tsx";
import type { Store } from "./store.ts";
import { TimelineBar } from "./TimelineBar.tsx";

const SpeedPanel = later(async () => (await import("./SpeedPanel.tsx")).SpeedPanel);
const TrainingPanel = later(async () => (await import("./TrainingPanel.tsx")).TrainingPanel);

export function App({ store }: { readonly store: Store }) {
  const { page } = store.texts;
  return (
    <>
      <button type="button" class="skip" onClick={() => skip(store)}>
        {page.skip}
      </button>
      <Header store={store} />
      <Damage store={store} />
      <main>
        <div class="guide">
          <RunText store={store} />
          <Program store={store} />
        </div>
        <div class="instrument">
          <Printed store={store} />
          {store.lesson.value.panel === "speed" && <SpeedPanel store={store} />}
          <Stage store={store} />
          <TimelineBar store={store} />
          <SharesPanel store={store} />
          {store.lesson.value.panel === "training" && <TrainingPanel store={store} />}
          <NodePanel store={store} />
          <Modes store={store} />
          <GraphTable store={store} />
          <p class="keys">{page.keys}</p>
        </div>
      </main>
    </>
  );
}

/** No link: the address is the state, and must not change. */
function skip(store: Store): void {
  const title = document.getElementById(`${store.prefix}-title`);
  title?.setAttribute("tabindex", "-1");
  title?.focus();
}

function Damage({ store }: { readonly store: Store }) {
  const damage = store.damage.value;
  if (damage === undefined) return null;
  const { page } = store.texts;
  return (
    <div class="damage" role="alert">
      <p>
        {page.damaged} {damage}.
      </p>
      <button
        type="button"
        onClick={() => {
          store.damage.value = undefined;
        }}
      >
        {page.dismiss}
      </button>
    </div>
  );
}
