/**
 * The page: one instrument.
 */

import { useEffect } from "preact/hooks";
import { EmbedBar } from "./EmbedBar.tsx";
import { Header } from "./Header.tsx";
import { again, later, Unloaded } from "./Later.tsx";
import { Rail } from "./Rail.tsx";
import { RunText } from "./RunText.tsx";
import { Stage } from "./Stage.tsx";
import type { Store } from "./store.ts";
import { TimelineBar } from "./TimelineBar.tsx";

const Both = later(async () => (await import("./Both.tsx")).Both);
const OwnEditor = later(async () => (await import("./OwnEditor.tsx")).OwnEditor);

interface OfStore {
  readonly store: Store;
}

export function App({ store }: OfStore) {
  const { page } = store.texts;
  if (store.isEmbedded) {
    return (
      <main class="embed">
        <h1 class="sr-only">{store.texts.lessons[store.lesson.value.name].title}</h1>
        <Stage store={store} />
        <EmbedBar store={store} />
      </main>
    );
  }
  const isOwn = store.lesson.value.name === "own";
  const isBare = store.panel.value === "none";
  const looks = [
    "work",
    isOwn ? "is-own" : "",
    isOwn && store.arranged.value.direction === "network" ? "is-network" : "",
    isBare ? "is-bare" : "",
    store.isBoth.value ? "is-both" : "",
  ];
  return (
    <div class={store.isPresented.value ? "page is-presented" : "page"}>
      <button type="button" class="skip" onClick={() => skip(store)}>
        {page.skip}
      </button>
      <Header store={store} />
      <Damage store={store} />
      <Missing store={store} />
      <main>
        <RunText store={store} />
        <div class={looks.filter(Boolean).join(" ")}>
          {isOwn && <OwnEditor store={store} />}
          {store.isBoth.value ? (
            <Both store={store} />
          ) : (
            <>
              <div class="instrument">
                <Stage store={store} />
                {!isBare && <TimelineBar store={store} />}
              </div>
              {!isBare && <Rail store={store} />}
            </>
          )}
        </div>
      </main>
      {store.isPresented.value && <LeavePresenter store={store} />}
    </div>
  );
}

/** Moves the focus to the stage. A link would change the address, which encodes the state. */
function skip(store: Store): void {
  const title = document.getElementById(`${store.prefix}-title`);
  title?.setAttribute("tabindex", "-1");
  title?.focus();
}

function LeavePresenter({ store }: OfStore) {
  // The page is told of a change of size, since the stage has more room.
  useEffect(() => {
    window.dispatchEvent(new Event("resize"));
    return () => {
      setTimeout(() => window.dispatchEvent(new Event("resize")));
    };
  }, []);
  return (
    <button
      type="button"
      class="leave"
      onClick={() => {
        store.isPresented.value = false;
      }}
    >
      {store.texts.teacher.leave}
    </button>
  );
}

function Missing({ store }: OfStore) {
  const load = store.unloaded.value;
  if (load === undefined) return null;
  const retry = () => void again(load, () => store.unloaded.peek() !== undefined);
  return (
    <div class="damage">
      <Unloaded store={store} retry={retry} />
    </div>
  );
}

function Damage({ store }: OfStore) {
  const damage = store.damage.value;
  if (damage === undefined) return null;
  const { page } = store.texts;
  return (
    <div class="damage" role="alert">
      <p>{damage}</p>
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
