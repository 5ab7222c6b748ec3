/**
 * Parts of the page that are loaded when they are first needed.
 */

import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import type { Store } from "./store.ts";

interface OfStore {
  readonly store: Store;
}

/**
 * Returns a component that is loaded when it is first rendered, and empty until then. If it cannot be loaded, a message
 * and a button are shown instead.
 */
export function later(load: () => Promise<ComponentType<OfStore>>): ComponentType<OfStore> {
  let loaded: ComponentType<OfStore> | undefined;
  return function Later({ store }: OfStore) {
    const Part = useSignal(loaded);
    const hasFailed = useSignal(false);
    const begin = async () => {
      hasFailed.value = false;
      try {
        const part = await load();
        loaded = part;
        // The component is stored in a signal, since a state hook would call a function.
        Part.value = part;
      } catch {
        hasFailed.value = true;
      }
    };
    useEffect(() => {
      if (Part.peek() === undefined) void begin();
    }, [Part]);
    if (Part.value !== undefined) return <Part.value store={store} />;
    if (!hasFailed.value) return <span hidden data-later />;
    return <Unloaded store={store} retry={() => void again(begin, () => hasFailed.peek())} />;
  };
}

/**
 * Tries to load a part again. Some browsers cache the failure: then the page is reloaded, since its address has its
 * state.
 */
export async function again(begin: () => Promise<void>, hasFailed: () => boolean): Promise<void> {
  await begin();
  if (hasFailed() && navigator.onLine) location.reload();
}

interface UnloadedProps extends OfStore {
  readonly retry: () => void;
}

/** Shows that a part of the page could not be loaded, with a button to try again. */
export function Unloaded({ store, retry }: UnloadedProps) {
  const { page } = store.texts;
  return (
    <p class="unloaded" role="alert">
      {page.unloaded}{" "}
      <button type="button" onClick={retry}>
        {page.retry}
      </button>
    </p>
  );
}
